// An amount: the symbol small, the whole large, the fraction small.
import { type MoneyParts, moneyParts } from '../../money'

Component({
  properties: {
    amountFen: Number,
    currency: { type: String, value: 'CNY' },
    /** small, medium or large */
    size: { type: String, value: 'medium' },
  },
  data: { parts: null as MoneyParts | null },
  observers: {
    'amountFen, currency'(amountFen: number, currency: string): void {
      this.setData({ parts: moneyParts(amountFen, currency) })
    },
  },
})

// An amount of money: small currency symbol, large whole part, small fraction.
import { type MoneyParts, moneyParts } from '../../money'

Component({
  properties: {
    amountFen: Number,
    currency: { type: String, value: 'CNY' },
    /** Text size: small, medium or large. */
    size: { type: String, value: 'medium' },
  },
  data: { parts: null as MoneyParts | null },
  observers: {
    'amountFen, currency'(amountFen: number, currency: string): void {
      this.setData({ parts: moneyParts(amountFen, currency) })
    },
  },
})

// Formats an amount as WeChat's own pages do, in the phone's language.
import { shownDecimals } from '../../../miniprogram/rules/money'
import { session } from '../../../packages/miniprogram-web/src/browser/session'

export const amountText = (amountFen: number, currency: string): string =>
  new Intl.NumberFormat(session.language === 'en' ? 'en' : 'zh-CN', {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).format(amountFen / 10 ** shownDecimals(currency))

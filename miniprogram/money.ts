// Formats amounts of money. Amounts are whole minor units (fen, cents); no fractions are ever calculated.
import { majorParts, shownDecimals } from './rules/money'

// In this shop a plain ¥ means yuan, so yen are shown as JP¥.
const symbols = new Map([
  ['CNY', '¥'],
  ['HKD', 'HK$'],
  ['USD', 'US$'],
  ['EUR', '€'],
  ['GBP', '£'],
  ['JPY', 'JP¥'],
  ['KRW', '₩'],
])

export interface MoneyParts {
  symbol: string
  /** Whole part, with thousands separators. */
  whole: string
  /** Fraction with its decimal point; empty for currencies without decimals. */
  fraction: string
}

/** Splits an amount for display. `amountFen` is in whole minor units of `currency` (ISO 4217). */
export function moneyParts(amountFen: number, currency: string): MoneyParts {
  const { whole, fraction } = majorParts(Math.abs(Math.trunc(amountFen)), shownDecimals(currency))
  return {
    symbol: (amountFen < 0 ? '−' : '') + (symbols.get(currency) ?? `${currency} `),
    whole: whole.replace(/\B(?=(\d{3})+$)/g, ','),
    fraction: fraction && `.${fraction}`,
  }
}

/** Formats an amount as one text, such as "¥1,299.00". */
export function moneyText(amountFen: number, currency: string): string {
  const { symbol, whole, fraction } = moneyParts(amountFen, currency)
  return symbol + whole + fraction
}

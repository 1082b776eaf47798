// Money as people read it. Amounts come in whole minor units and are only shown here, never calculated with fractions.

// ISO 4217: the currencies of this shop without minor units; all others have two decimals.
const withoutDecimals = new Set(['JPY', 'KRW'])

// ¥ is the yuan here, so the yen says whose it is.
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
  /** with thousands separators */
  whole: string
  /** with its point; empty for currencies without decimals */
  fraction: string
}

/** An amount split for display. `amountFen` is whole minor units of `currency` (ISO 4217). */
export function moneyParts(amountFen: number, currency: string): MoneyParts {
  const digits = String(Math.abs(Math.trunc(amountFen)))
  const decimals = withoutDecimals.has(currency) ? 0 : 2
  const padded = digits.padStart(decimals + 1, '0')
  const whole = padded.slice(0, padded.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',')
  return {
    symbol: (amountFen < 0 ? '−' : '') + (symbols.get(currency) ?? `${currency} `),
    whole,
    fraction: decimals === 0 ? '' : `.${padded.slice(-decimals)}`,
  }
}

/** The same as one text: "¥1,299.00". */
export function moneyText(amountFen: number, currency: string): string {
  const { symbol, whole, fraction } = moneyParts(amountFen, currency)
  return symbol + whole + fraction
}

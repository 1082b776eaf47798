// Formats amounts of money. Amounts are whole minor units (fen, cents); no fractions are ever calculated.

// Currencies of this shop that have no minor units (ISO 4217); all others have two decimals.
const withoutDecimals = new Set(['JPY', 'KRW'])

// A plain ¥ means yuan here, so the yen gets a symbol that names its country.
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

/** Formats an amount as one text, such as "¥1,299.00". */
export function moneyText(amountFen: number, currency: string): string {
  const { symbol, whole, fraction } = moneyParts(amountFen, currency)
  return symbol + whole + fraction
}

// Money: whole minor units of a currency ("fen") and text in major units. Without floating point.

// The currencies in the providers' documents, with their number of decimals by ISO 4217.
const decimals = new Map([
  ['AUD', 2],
  ['CAD', 2],
  ['CHF', 2],
  ['CNY', 2],
  ['DKK', 2],
  ['EUR', 2],
  ['GBP', 2],
  ['HKD', 2],
  ['JPY', 0],
  ['KRW', 0],
  ['MOP', 2],
  ['NOK', 2],
  ['NZD', 2],
  ['SEK', 2],
  ['SGD', 2],
  ['THB', 2],
  ['TWD', 2],
  ['USD', 2],
])

/** The number of decimals of an ISO 4217 currency; undefined for a currency that is not in our table. */
export const knownDecimals = (currency: string): number | undefined => decimals.get(currency)

/** The number of decimals with which an amount is shown or typed: two for a currency that is not in our table. */
export const shownDecimals = (currency: string): number => decimals.get(currency) ?? 2

/** Whole minor units as text in major units, in two parts: 7 fen are "0" and "07". */
export function majorParts(fen: number, decimals: number): { whole: string; fraction: string } {
  const digits = String(fen).padStart(decimals + 1, '0')
  const point = digits.length - decimals
  return { whole: digits.slice(0, point), fraction: digits.slice(point) }
}

/** Converts whole minor units (7) to text in major units with all decimals ("0.07"). */
export function majorText(fen: number, decimals = 2): string {
  const { whole, fraction } = majorParts(fen, decimals)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/** Puts the parts of an amount in major units together as whole minor units: "0" and "07" are 7 fen. */
export const fenFromParts = (whole: string, fraction: string, decimals: number): number =>
  Number(whole + fraction.padEnd(decimals, '0'))

// Finds requests whose signature would also fit another request. The signature covers only the sorted values, without
// names and separators (docs/provider-facts.md 5.2). So somebody who has a signed request can exchange the values of
// two fields, or move text from one value to the next. We refuse a request if that could change what is paid for.

import type { PayStatus } from './requestRecord'
import { valuesText } from './signedText'

type Fields = Readonly<Record<string, string>>

const paidWord = 'SUCCESSPAY' satisfies PayStatus

export interface Reader {
  /** the names of all fields that a request may have */
  names: readonly string[]
  /** the names of the fields that must have a value */
  required: ReadonlySet<string>
  /** whether a text could be the value of a field */
  fits(name: string, value: string): boolean
}

// Only changes of these fields do harm. The other fields decide what a person sees or where the browser goes
// afterwards.
const thatMatter = ['money', 'currencyType', 'requestKey', 'bgUrl'] as const

type Pair = readonly [field: string, other: string]

/** Finds two fields whose values could be exchanged under the same signature; undefined if there are none. */
export function swappedReading(fields: Fields, reader: Reader): Pair | undefined {
  const sent = reader.names.filter((name) => filled(fields, name))
  for (const field of thatMatter)
    for (const other of sent) {
      const value = fields[other] ?? ''
      if (other === field || !filled(fields, field) || value === fields[field] || !reader.fits(field, value)) continue
      if (findsPlace(field, other, fields, reader)) return [field, other]
    }
  return undefined
}

const filled = (fields: Fields, name: string): boolean => (fields[name] ?? '') !== ''

/**
 * The value of the field `free` was moved to the field `from`. Returns whether the old value of `from` then finds a
 * place: in `free`, or in another field whose own value can move on.
 */
function findsPlace(from: string, free: string, fields: Fields, { names, required, fits }: Reader): boolean {
  const seen = new Set([from])
  const queue = [from]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const value = fields[name] ?? ''
    for (const place of names) {
      if (place === name || !fits(place, value)) continue
      if (place === free) return true
      // The value fits into a field that was empty. Then the field `free` stays empty, which is allowed if `free` is
      // not a required field.
      if (!filled(fields, place) && !required.has(free)) return true
      if (!filled(fields, place) || seen.has(place) || fields[place] === value) continue
      seen.add(place)
      queue.push(place)
    }
  }
  return false
}

/**
 * Our call of `bgUrl` is signed in the same way, without names, and its `payStatus` is `SUCCESSPAY`. If the signed text
 * of a request contains this word, somebody who has the signed request could send it to `bgUrl` as our call, and the
 * connected system would take the order for paid. A moved border could also put the word together from two values.
 * Returns the fields to name in the refusal; undefined if the text does not contain the word.
 */
export function paidReading(fields: Fields, secret: string): Pair | undefined {
  if (!valuesText(fields, secret).includes(paidWord)) return undefined
  const holder = Object.keys(fields).find((name) => fields[name]?.includes(paidWord))
  return [holder ?? 'info', 'payStatus']
}

/**
 * Finds two fields between which characters could move, so that the request asks for another amount under the same
 * signature. The values are signed without separators, so `12` and `3` give the same signed text as `1` and `23`. Only
 * requests with the same requestKey count, because another requestKey stands for another order of the connected system.
 */
export function shiftedReading(fields: Fields, secret: string, reader: Reader): Pair | undefined {
  const money = fields.money ?? ''
  const signed = Object.entries(fields).filter(([name, value]) => value !== '' && name !== 'money')
  const values = [...signed.map(([name, value]) => ({ name, value })), { name: undefined, value: secret }]
  const sorted = [...values, { name: 'money', value: money }].sort((one, two) =>
    one.value < two.value ? -1 : one.value > two.value ? 1 : 0,
  )
  const at = sorted.findIndex(({ name }) => name === 'money')
  const valueAt = (index: number): string | undefined => sorted[index]?.value
  const inOrder = (one: string | undefined, two: string | undefined): boolean =>
    one === undefined || two === undefined || one <= two
  const free = reader.names.filter((name) => !filled(fields, name))

  // Try all other ways to divide the text: the text of `money` alone, with the value before it, and with the value
  // after it.
  for (const [first, last] of [
    [at, at],
    [at - 1, at],
    [at, at + 1],
  ] as const) {
    const neighbour = first === last ? undefined : sorted[first === at ? last : first]
    if (first !== last && (neighbour?.name === undefined || neighbour.name === 'requestKey')) continue
    const text = sorted
      .slice(first, last + 1)
      .map(({ value }) => value)
      .join('')
    const places = neighbour?.name === undefined ? free : [neighbour.name, ...free]
    const mayBeEmpty = neighbour?.name === undefined || !reader.required.has(neighbour.name)
    if (first !== last && mayBeEmpty && reader.fits('money', text)) return ['money', neighbour?.name ?? '']
    for (let cut = 1; cut < text.length; cut++) {
      const [one, two] = [text.slice(0, cut), text.slice(cut)]
      const fitsIn = inOrder(one, two) && inOrder(valueAt(first - 1), one) && inOrder(two, valueAt(last + 1))
      if (!fitsIn) continue
      for (const [paid, rest] of [
        [one, two],
        [two, one],
      ] as const) {
        if (paid === money || !reader.fits('money', paid)) continue
        const place = places.find((name) => (mayBeEmpty || name === neighbour?.name) && reader.fits(name, rest))
        if (place !== undefined) return ['money', place]
      }
    }
  }
  return undefined
}

// Finds requests whose signature also fits another request. The document signs the values without their names, sorted,
// and with nothing between them (docs/provider-facts.md 5.2). So whoever holds a signed request can give values to other
// names, or move the border between two values. We refuse a request for which that would change what is paid for.

type Fields = Readonly<Record<string, string>>

export interface Reader {
  /** every name that a request may have */
  names: readonly string[]
  /** the names that must have a value */
  required: ReadonlySet<string>
  /** whether a text could be the value of a field */
  fits(name: string, value: string): boolean
}

// Other fields can change places without a loss: they say what a person sees, or where a person goes afterwards.
const thatMatter = ['money', 'currencyType', 'requestKey', 'bgUrl'] as const

type Pair = readonly [field: string, other: string]

/** Two fields whose values could stand under other names; undefined if there is only one reading. */
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

/** Whether the value of `from` can go on to `free`, perhaps by pushing others out of their places. */
function findsPlace(from: string, free: string, fields: Fields, { names, required, fits }: Reader): boolean {
  const seen = new Set([from])
  const queue = [from]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const value = fields[name] ?? ''
    for (const place of names) {
      if (place === name || !fits(place, value)) continue
      if (place === free) return true
      // The value that left `free` leaves an empty field, if that field may be empty.
      if (!filled(fields, place) && !required.has(free)) return true
      if (!filled(fields, place) || seen.has(place) || fields[place] === value) continue
      seen.add(place)
      queue.push(place)
    }
  }
  return false
}

/**
 * Two fields between whose values the border could be moved, so that another amount of money results. The requestKey
 * stays: with another one it would not be the domain's order.
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

  // Money alone, cut in two; or with the value before or after it.
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

// Checks what staff type about parcels, and makes the input of the action `ship`.

import type { AdminAsked } from '../../../../cloudfunctions/shared/api/admin'
import { carrierPattern, orderNoPattern, phoneTailPattern, trackingNoPattern } from '../../../rules/numbers'
import { carrierWithPhone, parcelsAtMost, type ShippingWay, shippedAtOnce } from '../../../rules/terms'
import { t } from './messages'

export type Entry = AdminAsked<'ship'>['entries'][number]

export interface TypedParcel {
  carrier: string
  trackingNo: string
  phoneTail: string
}

/** The error message for a parcel; empty if the parcel is valid. */
function parcelProblem({ carrier, trackingNo, phoneTail }: TypedParcel): string {
  if (!carrierPattern.test(carrier)) return t.wrongCarrier
  if (!trackingNoPattern.test(trackingNo)) return t.wrongNumber
  if (phoneTail === '') return carrier.toUpperCase() === carrierWithPhone ? t.needsPhone : ''
  return phoneTailPattern.test(phoneTail) ? '' : t.wrongPhone
}

const plain = ({ carrier, trackingNo, phoneTail }: TypedParcel) => ({
  carrier: carrier.toUpperCase(),
  trackingNo,
  ...(phoneTail !== '' && { phoneTail }),
})

/** The shipping of one order as input of the action `ship`, or an error message. */
export function entryOf(orderNo: string, way: ShippingWay, typed: readonly TypedParcel[]): Entry | string {
  if (way !== 'parcel') return { orderNo, way }
  const parcels = typed.map(({ carrier, trackingNo, phoneTail }) => ({
    carrier: carrier.trim(),
    trackingNo: trackingNo.trim(),
    phoneTail: phoneTail.trim(),
  }))
  const problem = parcels.map(parcelProblem).find((one) => one !== '')
  if (problem !== undefined) return problem
  if (parcels.length > parcelsAtMost) return t.tooManyParcels
  if (new Set(parcels.map(({ trackingNo }) => trackingNo)).size < parcels.length) return t.twice
  return { orderNo, way, parcels: parcels.map(plain) }
}

const wayWords = new Map<string, ShippingWay>(
  (['city', 'virtual', 'pickup'] as const).flatMap((way) => [way, ...t.wayWords[way]].map((word) => [word, way])),
)

/**
 * Reads a list of lines: order number, carrier (or a word for another way), tracking number, end of the phone number. A
 * cell may be in quotes. A cell may begin with a tab or an apostrophe, because spreadsheets mark a number as text in
 * this way. If the first line contains the names of the columns, it is left out.
 * @returns the entries, or the first problem with the number of its line
 */
export function readLines(text: string): Entry[] | string {
  const found = new Map<string, { way: ShippingWay; parcels: TypedParcel[]; line: number }>()
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)
  for (const [index, raw] of lines.entries()) {
    const cells = raw.split(/[,，\t;；]/).map((cell) =>
      cell
        .trim()
        .replace(/^["'“]+|["'”]+$/g, '')
        .trim(),
    )
    const [orderNo = '', carrier = '', trackingNo = '', phoneTail = ''] = cells[0] === '' ? cells.slice(1) : cells
    const said = (why: string) => t.lineOf(index + 1, why)
    if (raw.trim() === '' || (found.size === 0 && index === 0 && !/\d/.test(orderNo))) continue
    const no = orderNo.toLowerCase()
    if (!orderNoPattern.test(no)) return said(t.wrongOrder)
    const way = wayWords.get(carrier.toLowerCase()) ?? 'parcel'
    const there = found.get(no)
    if (there && (there.way !== way || way !== 'parcel')) return said(t.mixed)
    const parcel = { carrier, trackingNo, phoneTail }
    const problem = way === 'parcel' ? parcelProblem(parcel) : ''
    if (problem !== '') return said(problem)
    if (there) there.parcels.push(parcel)
    else found.set(no, { way, parcels: [parcel], line: index + 1 })
  }
  const entries: Entry[] = []
  for (const [orderNo, { way, parcels, line }] of found) {
    const entry = entryOf(orderNo, way, parcels)
    if (typeof entry === 'string') return t.lineOf(line, entry)
    entries.push(entry)
  }
  return entries.length === 0 ? t.empty : entries.length > shippedAtOnce ? t.tooMany : entries
}

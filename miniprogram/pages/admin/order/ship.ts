// The part of an order's page that shows the shipping and lets staff enter it.
import type { StaffOrderView, StaffShippingView } from '../../../../cloudfunctions/shared/api/admin'
import { beijingMinute } from '../../../rules/beijing'
import type { ShippingWay } from '../../../rules/terms'
import { t } from '../shipping/messages'
import type { TypedParcel } from '../shipping/parcels'
import { line } from '../texts'

export interface ShipForm {
  way: ShippingWay
  parcels: TypedParcel[]
  problem: string
}

const tones = { waiting: 'warn', sending: 'warn', refused: 'bad', reported: 'good', received: 'good' } as const

export const shipWays = (['parcel', 'city', 'virtual', 'pickup'] as const).map((value) => ({
  value,
  label: t.ways[value],
}))

export const noParcel: TypedParcel = { carrier: '', trackingNo: '', phoneTail: '' }

/** The shipping form, filled with what staff entered before. */
export const shipFormOf = ({ shipping }: StaffOrderView): ShipForm => ({
  way: shipping?.way ?? 'parcel',
  parcels:
    shipping && shipping.parcels.length > 0
      ? shipping.parcels.map(({ carrier, trackingNo, phoneTail = '' }) => ({ carrier, trackingNo, phoneTail }))
      : [noParcel],
  problem: '',
})

const at = (time: number | null): string | null => (time === null ? null : beijingMinute(time))

/** @param mayAct whether the current user may enter the shipping */
export function shipShown({ shipping, mayShip }: StaffOrderView, mayAct: boolean) {
  const isEntered = shipping !== null && shipping.state !== 'waiting'
  return {
    isShown: shipping !== null || (mayShip && mayAct),
    state: shipping ? t.states[shipping.state] : '',
    tone: shipping ? tones[shipping.state] : '',
    lines: shipping
      ? [
          ...line(t.way, isEntered ? t.ways[shipping.way] : null),
          ...shipping.parcels.map(({ carrier, trackingNo }) => ({ name: carrier, value: trackingNo })),
          ...line(t.reportedAt, at(shipping.reportedAt)),
          ...line(t.receivedAt, at(shipping.receivedAt)),
        ]
      : [],
    problem: shipping === null || shipping.code === null ? '' : problemOf(shipping.code),
    button: mayShip && mayAct ? (shipping?.state === 'reported' ? t.correct : t.enter) : '',
    hint: hintOf(shipping, mayShip),
  }
}

const problemOf = (code: number): string => [t.codes.get(code), t.errorCode(code)].filter(Boolean).join(' · ')

function hintOf(shipping: StaffShippingView | null, mayShip: boolean): string {
  if (shipping?.state !== 'reported') return ''
  return mayShip ? t.correctHint : shipping.isCorrected ? t.corrected : ''
}

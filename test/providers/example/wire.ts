// The wire format of Example Pay: the names of its fields, its state words, and the translation of both into our names
// and states. No other folder contains these names.
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import { fenFromWire } from '../../../cloudfunctions/shared/domain/money'
import type { PaymentOutcome } from '../../../cloudfunctions/shared/domain/payment'
import { jsonOf } from '../../../cloudfunctions/shared/providers/codecs'
import {
  type HttpResponse,
  type KeysVerdict,
  type PaymentReport,
  unreadable,
} from '../../../cloudfunctions/shared/providers/provider'

type Fields = Readonly<Record<string, unknown>>

// A Map, so that a word such as `constructor` is not found. A word that is not in the table means `unknown`.
const states = new Map<unknown, PaymentOutcome>([
  ['WAITING', 'pending'],
  ['PAID', 'paid'],
  ['FAILED', 'declined'],
  ['CLOSED', 'closed'],
])

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textIn = (fields: Fields, name: string): string => {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw new AppError('BadInput', `${name}: is not a text`)
  return value
}

/**
 * Reads a reply: `code` is OK or the reason of a refusal. @throws HttpFailure for any other reply, because the provider
 * may have done what the call asked
 */
export function readReply({ status, body }: HttpResponse): Fields & { code: string } {
  const value = jsonOf(body)
  if (status !== 200 || !isFields(value) || typeof value.code !== 'string') throw unreadable('the reply')
  return { ...value, code: value.code }
}

/** Reads the reply to a new payment. @throws HttpFailure if it lacks the payment sheet's parameters */
export function readPrepared({ jsapi, pay_no: theirNo }: Fields): { payInfo: string; theirNo: string } {
  if (!isFields(jsapi) || typeof theirNo !== 'string' || theirNo === '') throw unreadable('jsapi or pay_no')
  return { payInfo: JSON.stringify(jsapi), theirNo }
}

/** Reads a payment in a reply or a notification. @throws BadInput naming the field that cannot be read */
export function readPayment(fields: Fields): { paymentNo: string; report: PaymentReport } {
  const outcome = states.get(fields.state) ?? 'unknown'
  return {
    paymentNo: textIn(fields, 'order_no'),
    report: {
      outcome,
      theirNo: textIn(fields, 'pay_no'),
      amountFen: fenFromWire(fields.amount),
      currency: textIn(fields, 'currency'),
      ...(typeof fields.paid_at === 'number' && { at: fields.paid_at }),
      raw: fields,
    },
  }
}

/** Decides from a reply whether Example Pay accepted our secret. @returns undefined if the reply does not show it */
export function judgeExampleKeys(response: HttpResponse): KeysVerdict | undefined {
  const value = jsonOf(response.body)
  if (!isFields(value) || typeof value.code !== 'string') return undefined
  return value.code === 'BAD_SIGNATURE' ? { isAccepted: false, field: 'secret' } : { isAccepted: true }
}

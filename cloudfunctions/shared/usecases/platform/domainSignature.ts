// Makes and checks the signatures between a connected system and us. All functions are pure.
import type { Order } from '../../domain/orders/orderShape'
import type { PayDomain, SignatureMode } from '../../domain/requests/payDomain'
import { type PayStatus, requestRecord } from '../../domain/requests/requestRecord'
import { namedText, valuesText } from '../../domain/requests/signedText'
import { digestHex, hmacHex, sameText } from '../../providers/signing'

type Fields = Readonly<Record<string, string>>

/** A connected system's decrypted secrets. `next` exists while the system changes from one secret to the next. */
export interface DomainSecrets {
  current: string
  next?: string
}

/**
 * The field `sign` of a request or call: a SHA-1 in lower-case hex. It covers the fields' values, but not their names.
 */
export const signValues = (fields: Fields, secret: string): string => digestHex('sha1', valuesText(fields, secret))

/**
 * The field `sign2`: an HMAC-SHA256 in lower-case hex. It covers the fields' names and values; `sign` covers only the
 * values.
 */
export const signNames = (fields: Fields, secret: string): string => hmacHex(secret, namedText(fields))

/**
 * Finds out with which of a connected system's secrets a request is signed.
 * @param fields the request, with `sign` and, in the mode `hmac`, `sign2`
 * @returns undefined if the signature is wrong or missing
 */
export function signerOf(fields: Fields, mode: SignatureMode, secrets: DomainSecrets): keyof DomainSecrets | undefined {
  const fits = (secret: string): boolean =>
    sameText(signValues(fields, secret), fields.sign) &&
    (mode !== 'hmac' || sameText(signNames(fields, secret), fields.sign2))
  if (fits(secrets.current)) return 'current'
  return secrets.next !== undefined && fits(secrets.next) ? 'next' : undefined
}

/**
 * The secret with which we sign calls to a connected system: the next secret, as soon as the system has signed a
 * request with it, otherwise the current one.
 */
export const secretInUse = ({ usesNext }: Pick<PayDomain, 'usesNext'>, { current, next }: DomainSecrets): string =>
  usesNext && next !== undefined ? next : current

/**
 * The parameters of our call of `bgUrl`, before they are signed. The status is always `SUCCESSPAY`, even if a refund
 * began before the call. Otherwise a connected system that waits for `SUCCESSPAY` would never hear that its order was
 * paid.
 * @param order a paid order that a connected system's request made
 */
export function bgUrlFields(order: Order): Fields {
  const { money, payTime, requestKey, orderSn, payTypeCode, payTypeName, currencyType, domainCode } =
    requestRecord(order)
  return {
    money: String(money),
    requestKey,
    payTime: payTime === null ? '' : String(payTime),
    orderSn,
    payTypeCode,
    payTypeName,
    currencyType,
    payStatus: 'SUCCESSPAY' satisfies PayStatus,
    domainCode,
  }
}

/**
 * Signs the parameters of our call of `bgUrl`: adds `sign` of the Unified platform's document, and `sign2` for a
 * connected system that uses it.
 * @param secret the secret that `secretInUse` gives
 */
export const signedFields = (
  fields: Fields,
  { signature }: Pick<PayDomain, 'signature'>,
  secret: string,
): Record<string, string> => ({
  ...fields,
  sign: signValues(fields, secret),
  ...(signature === 'hmac' && { sign2: signNames(fields, secret) }),
})

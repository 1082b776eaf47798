// Signatures between a domain and us. All functions are pure.
import type { Order } from '../../domain/orders/orderShape'
import type { PayDomain, SignatureMode } from '../../domain/requests/payDomain'
import { type PayStatus, requestRecord } from '../../domain/requests/requestRecord'
import { namedText, valuesText } from '../../domain/requests/signedText'
import { digestHex, hmacHex, sameText } from '../../providers/signing'

type Fields = Readonly<Record<string, string>>

/** A domain's secrets, opened. `next` is there while one replaces the other. */
export interface DomainSecrets {
  current: string
  next?: string
}

/** `sign`: SHA-1 in lower-case hex. */
export const signValues = (fields: Fields, secret: string): string => digestHex('sha1', valuesText(fields, secret))

/** `sign2`: an HMAC-SHA256 in lower-case hex. It covers the fields' names and values; `sign` covers the values only. */
export const signNames = (fields: Fields, secret: string): string => hmacHex(secret, namedText(fields))

/**
 * Which secret a request is signed with.
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
 * The secret that the domain's system uses now: the next one as soon as a request came that was signed with it.
 */
export const secretInUse = ({ usesNext }: Pick<PayDomain, 'usesNext'>, { current, next }: DomainSecrets): string =>
  usesNext && next !== undefined ? next : current

/**
 * The parameters of the call of `bgUrl`, not signed yet. The status is always `SUCCESSPAY`, even if a refund began before
 * the call. Otherwise a system that waits for `SUCCESSPAY` would never hear that its order was paid.
 * @param order an order that a domain's request made and that is paid
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
 * The parameters of the call of `bgUrl`: the document's ten, and `sign2` for a domain that uses it.
 * @param secret as `secretInUse` gives it
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

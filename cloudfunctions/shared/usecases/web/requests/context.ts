// What the use cases of the served API are given.
import type { PayField } from '../../../api/pay'
import type { Person, WebPlace } from '../../../domain/person'
import type { PayDomain } from '../../../domain/requests/payDomain'
import type { PayType } from '../../../domain/requests/payType'
import type { WebContext } from '../context'

export interface PayContext extends WebContext {
  place: WebPlace
  /** the person who signed in with WeChat in this browser */
  person: Person | undefined
  /** the browser's IPv4 address if it is known */
  clientIp?: string
}

/** The fields of a request, by name. */
export type Fields = Readonly<Record<string, string>>

/** A request about a payment that was checked. */
export interface Checked {
  domain: PayDomain
  /** the fields under the signature that are not empty */
  signed: { readonly [name in PayField]?: string }
  /** the way to pay; undefined if none was chosen */
  payType: PayType | undefined
  /** as it came; '' if none */
  openid: string
}

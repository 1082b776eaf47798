// What the use cases of the API for other systems get in addition to the context of browsers.

import type { PayType } from '../../../../../miniprogram/rules/terms'
import type { PayField } from '../../../api/pay'
import type { Person, WebPlace } from '../../../domain/person'
import type { PayDomain } from '../../../domain/requests/payDomain'
import type { WebContext } from '../context'

export interface PayContext extends WebContext {
  place: WebPlace
  /** the person who has signed in with WeChat in this browser; undefined: nobody */
  person: Person | undefined
  /** the browser's IPv4 address, if we know it */
  clientIp?: string
  /** the connected system that has signed the call; set once the signature is verified. Its secret signs our reply */
  signedBy?: PayDomain
}

/** The fields of a request: their values by their names. */
export type Fields = Readonly<Record<string, string>>

/** A request about a payment after all checks. */
export interface Checked {
  domain: PayDomain
  /** the fields that the signature covers and that are not empty */
  signed: { readonly [name in PayField]?: string }
  /** the way to pay that the payer chose; undefined: not chosen yet */
  payType: PayType | undefined
  /** the openid or one-time code as the request contained it; '' if none */
  openid: string
}

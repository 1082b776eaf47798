// A connected system is a system of the merchant, such as a registration or a till, that sends people to our cashier to
// pay. The Unified platform's document calls it a domain. Its requests and our answers have the format of that
// document.
import type { PayType } from '../../../../miniprogram/rules/terms'

/**
 * How a connected system signs its requests. `values`: with `sign` only, as the Unified platform's document says; that
 * signature stays valid if two fields exchange their values. `hmac`: with `sign2` as well, which also covers the names
 * of the fields.
 */
export type SignatureMode = 'values' | 'hmac'

export interface PayDomain {
  /** the code of the connected system, called `domainCode` in the Unified platform's document */
  _id: string
  version: number
  name: string
  state: 'open' | 'closed'
  /** the secret with which the connected system and we sign, in encrypted form (see store/domains.ts) */
  secret: string
  /**
   * the secret that will replace `secret`, in encrypted form; null: none. Both secrets are valid until staff finish the
   * change
   */
  nextSecret: string | null
  /**
   * whether the connected system has signed a request with the next secret. From then on we sign with the next secret,
   * too
   */
  usesNext: boolean
  signature: SignatureMode
  /** to which pages we may send people back: beginnings of addresses, such as `https://race.example` */
  origins: string[]
  /** to which addresses a `bgUrl` may point: beginnings of addresses, such as `https://race.example/paid` */
  hosts: string[]
  /** the ways to pay that this connected system may use */
  channels: PayType[]
  /**
   * which values the connected system may send as `rate` and as `requestChannel`. '' allows an empty field. `*` allows
   * any decimal number with a point as `rate`, and any word without a digit as `requestChannel`.
   * domain/requests/otherReading.ts says why
   */
  rates: string[]
  requestChannels: string[]
  /**
   * whether our page for openids sends the openid itself back to the connected system, as clients of the Unified
   * platform's document expect
   */
  bareOpenid: boolean
  createdAt: number
}

/** What an order stores about the connected system's request for which it was made. */
export interface OrderDomain {
  code: string
  requestKey: string
  /** the address at which we report the payment to the connected system; absent: we do not report it */
  bgUrl?: string
  /** the field `rate` as the connected system sent it; we store it and never use it */
  rate?: string
}

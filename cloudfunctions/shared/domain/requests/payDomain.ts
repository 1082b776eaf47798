// A domain: another system that sends people to our cashier. Its requests and our answers are those of the Unified
// platform's document.
import type { PayType } from './payType'

/**
 * How a domain signs. `values`: as the document says, where two values can change places under one signature. `hmac`:
 * also `sign2`, which covers the names.
 */
export type SignatureMode = 'values' | 'hmac'

export interface PayDomain {
  /** the code, `domainCode` in the document */
  _id: string
  version: number
  name: string
  state: 'open' | 'closed'
  /** sealed; see store/domains.ts */
  secret: string
  /** the secret that will replace the first one: both are valid meanwhile */
  nextSecret: string | null
  /** whether a request was signed with the next secret: from then on we sign with it, too */
  usesNext: boolean
  signature: SignatureMode
  /** where people may be sent back to: beginnings of addresses, such as `https://race.example` */
  origins: string[]
  /** where `bgUrl` may lead: beginnings of addresses, such as `https://race.example/paid` */
  hosts: string[]
  /** the ways to pay that are open to this domain */
  channels: PayType[]
  /**
   * the values of `rate` and of `requestChannel` that the domain sends. '' is among them if the field may be empty; `*`
   * allows any decimal with a point, or any word without a digit. See domain/requests/otherReading.ts for the reason
   */
  rates: string[]
  requestChannels: string[]
  /** whether the page for openids goes back with the openid itself, as the document's clients expect */
  bareOpenid: boolean
  createdAt: number
}

/** What an order keeps of the request that made it. */
export interface OrderDomain {
  code: string
  requestKey: string
  /** where the result is told; absent: nowhere */
  bgUrl?: string
  /** as the domain sent it: kept, and never used */
  rate?: string
}

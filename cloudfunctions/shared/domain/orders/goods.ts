// The kinds of products, and which way to pay accepts which kind. WeChat's rule: a shopper pays for virtual content
// inside the mini-program only by WeChat's virtual payment (docs/provider-facts.md 9.6).
import { type ProductKind, productKinds } from '../../../../miniprogram/rules/terms'
import type { PayInfoKind } from '../payment'
import type { Place } from '../person'

/**
 * The ways to pay. `virtual`: WeChat's virtual payment. `contract`: a debit under a contract (委托代扣). `miniprogram`:
 * every other way to pay in the mini-program. `browser`: every way to pay outside the mini-program.
 */
export type Rail = 'miniprogram' | 'browser' | 'contract' | 'virtual'

/**
 * Whether a way to pay accepts a kind of product. `exempt`: only if WeChat has exempted the shop (setting
 * `virtualExempt`).
 */
type Taking = 'yes' | 'no' | 'exempt'

export const railTakes = {
  miniprogram: { goods: 'yes', service: 'yes', virtual: 'exempt' },
  browser: { goods: 'yes', service: 'yes', virtual: 'yes' },
  contract: { goods: 'yes', service: 'yes', virtual: 'exempt' },
  virtual: { goods: 'no', service: 'no', virtual: 'yes' },
} as const satisfies Record<Rail, Record<ProductKind, Taking>>

interface Exemption {
  virtualExempt: boolean
}

/** Whether a way to pay accepts the kind of product that an order sells. */
export function takes(rail: Rail, kind: ProductKind, { virtualExempt }: Exemption): boolean {
  const taking = railTakes[rail][kind]
  return taking === 'yes' || (taking === 'exempt' && virtualExempt)
}

/** Which of the ways to pay this payment uses. @param kind what the shopper's device opens to pay */
export const railOf = (kind: PayInfoKind, place: Place): Rail =>
  kind === 'virtual' ? 'virtual' : place === 'miniprogram' ? 'miniprogram' : 'browser'

/** Orders and products from before the field `kind` existed are goods. */
export const oldKind: ProductKind = 'goods'

/** The kind of a whole order: goods if anything must be handed over, virtual only if all items are virtual. */
export const kindOfAll = (kinds: readonly ProductKind[]): ProductKind =>
  productKinds.find((kind) => kinds.includes(kind)) ?? oldKind

/**
 * Whether these products may be in one order. WeChat's virtual payment sells one product at a time, and in the
 * mini-program no other way to pay accepts virtual products.
 */
export const areOneOrder = (
  kinds: readonly ProductKind[],
  { place = 'miniprogram' }: { place?: Place },
  shop: Exemption,
): boolean => kinds.length < 2 || !kinds.includes('virtual') || takes(railOf('jsapi', place), 'virtual', shop)

// What a product is, and which way to pay takes which kind. WeChat's rule: virtual content that is bought inside the
// mini-program is paid by its virtual payment (docs/provider-facts.md 9.6).
import type { PayInfoKind } from '../payment'
import type { Place } from '../person'

/** `virtual`: content or functions used on the phone; a service happens elsewhere, such as a lesson or a repair. */
export const productKinds = ['goods', 'service', 'virtual'] as const
export type ProductKind = (typeof productKinds)[number]

/**
 * `virtual` is WeChat's virtual payment, `contract` a debit under a contract (委托代扣), `miniprogram` every other way to
 * pay there, and `browser` every way to pay outside.
 */
export type Rail = 'miniprogram' | 'browser' | 'contract' | 'virtual'

/** `exempt`: only in a shop that WeChat has exempted (setting `virtualExempt`). */
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

/** Whether a way to pay takes what an order sells. */
export function takes(rail: Rail, kind: ProductKind, { virtualExempt }: Exemption): boolean {
  const taking = railTakes[rail][kind]
  return taking === 'yes' || (taking === 'exempt' && virtualExempt)
}

/** @param kind how the shopper pays */
export const railOf = (kind: PayInfoKind, place: Place): Rail =>
  kind === 'virtual' ? 'virtual' : place === 'miniprogram' ? 'miniprogram' : 'browser'

/** The kind of an order or product from before kinds were kept. */
export const oldKind: ProductKind = 'goods'

/** The kind of a whole order: goods if anything has to be handed over, virtual only if everything is. */
export const kindOfAll = (kinds: readonly ProductKind[]): ProductKind =>
  productKinds.find((kind) => kinds.includes(kind)) ?? oldKind

/**
 * Whether these products can be one order. WeChat's virtual payment sells one product at a time, and in the mini-program
 * no other way to pay takes virtual products.
 */
export const areOneOrder = (
  kinds: readonly ProductKind[],
  { place = 'miniprogram' }: { place?: Place },
  shop: Exemption,
): boolean => kinds.length < 2 || !kinds.includes('virtual') || takes(railOf('jsapi', place), 'virtual', shop)

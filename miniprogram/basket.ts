// What the shopper has put aside: quantities by sku, kept on the phone until they were paid.
const key = 'basket'

/** The most of one thing in one order. */
export const quantityLimit = 99

export type Basket = Readonly<Record<string, number>>

/** The basket as it was left; what storage holds is checked, it may be older than this code. */
export function readBasket(): Basket {
  const stored: unknown = wx.getStorageSync(key)
  if (typeof stored !== 'object' || stored === null) return {}
  return Object.fromEntries(
    Object.entries(stored).filter(
      ([, quantity]) => Number.isInteger(quantity) && quantity >= 1 && quantity <= quantityLimit,
    ),
  )
}

/** Puts a quantity of one product aside; 0 takes it out. */
export function putInBasket(sku: string, quantity: number): Basket {
  const { [sku]: _replaced, ...others } = readBasket()
  const basket = quantity >= 1 ? { ...others, [sku]: Math.min(quantity, quantityLimit) } : others
  wx.setStorageSync(key, basket)
  return basket
}

/** Takes out what was paid; what was put aside since then stays. */
export function takePaidOut(items: readonly { sku: string; quantity: number }[]): void {
  const basket = readBasket()
  for (const { sku, quantity } of items) if (basket[sku] !== undefined) putInBasket(sku, basket[sku] - quantity)
  if (Object.keys(readBasket()).length === 0) wx.removeStorageSync(key)
}

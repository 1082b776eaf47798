// The shopper's basket: quantities by sku, kept in the phone's storage until they are paid.
const key = 'basket'

/** The largest quantity of one product in one order. */
export const quantityLimit = 99

export type Basket = Readonly<Record<string, number>>

/** Reads the basket from storage. The stored value is validated, because an older app version may have written it. */
export function readBasket(): Basket {
  const stored: unknown = wx.getStorageSync(key)
  if (typeof stored !== 'object' || stored === null) return {}
  return Object.fromEntries(
    Object.entries(stored).filter(
      ([, quantity]) => Number.isInteger(quantity) && quantity >= 1 && quantity <= quantityLimit,
    ),
  )
}

/** Sets the quantity of one product in the basket; 0 removes the product. */
export function putInBasket(sku: string, quantity: number): Basket {
  const { [sku]: _replaced, ...others } = readBasket()
  const basket = quantity >= 1 ? { ...others, [sku]: Math.min(quantity, quantityLimit) } : others
  wx.setStorageSync(key, basket)
  return basket
}

/** Removes the paid quantities from the basket. What the shopper added after ordering stays. */
export function takePaidOut(items: readonly { sku: string; quantity: number }[]): void {
  const basket = readBasket()
  for (const { sku, quantity } of items) if (basket[sku] !== undefined) putInBasket(sku, basket[sku] - quantity)
  if (Object.keys(readBasket()).length === 0) wx.removeStorageSync(key)
}

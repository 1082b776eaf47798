import type { OrderResults } from '../../api/orders'
import type { ShopperContext } from '../platform/context'

/** The products on sale, and the server's time, from which the phone makes orderNo. */
export async function catalog(ctx: ShopperContext): Promise<OrderResults['catalog']> {
  const products = await ctx.products()
  return {
    now: ctx.now(),
    products: products.map(({ _id, title, titleEn, note, noteEn, priceFen, currency }) => ({
      sku: _id,
      title,
      titleEn,
      note,
      noteEn,
      priceFen,
      currency,
    })),
  }
}

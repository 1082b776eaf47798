import type { OrderResults } from '../../api/orders'
import { areOneOrder, oldKind } from '../../domain/orders/goods'
import type { ShopperContext } from '../platform/context'

/** Lists the products on sale. Also gives the server's time, from which the phone makes the orderNo. */
export async function catalog(ctx: ShopperContext): Promise<OrderResults['catalog']> {
  const [products, shop] = await Promise.all([ctx.products(), ctx.shop()])
  return {
    now: ctx.now(),
    products: products.map(({ _id, title, titleEn, note, noteEn, priceFen, currency, kind = oldKind }) => ({
      sku: _id,
      title,
      titleEn,
      note,
      noteEn,
      priceFen,
      currency,
      kind,
    })),
    virtualAlone: !areOneOrder(['virtual', 'goods'], ctx, shop),
  }
}

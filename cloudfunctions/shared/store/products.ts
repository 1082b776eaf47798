// The catalogue. All prices come from here.
import type { ProductKind } from '../domain/orders/goods'
import { isSound, productShape } from '../domain/shapes'
import type { Database, Document } from './database'

export interface Product extends Document {
  /** `_id` is the sku */
  title: string
  titleEn: string
  note: string
  noteEn: string
  priceFen: number
  currency: string
  /** absent in old documents: goods */
  kind?: ProductKind
  onSale: boolean
  /** products with a smaller rank come first */
  rank: number
}

/** All products, also retired ones, in the shop's order. */
export const allProducts = (db: Database): Promise<Product[]> =>
  db.find<Product>('products', { where: {}, orderBy: [['rank', 'asc']], limit: 1_000 })

/** The products on sale, in the shop's order; at most 1,000. */
export async function productsOnSale(db: Database): Promise<Product[]> {
  const found = await db.find<Product>('products', {
    where: { onSale: true },
    orderBy: [['rank', 'asc']],
    limit: 1_000,
  })
  // A product with broken fields cannot be bought; staff see it in the back office.
  return found.filter((product) => isSound(product, productShape))
}

// The catalogue. Prices come from here and from nowhere else.
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
  onSale: boolean
  /** smaller comes first */
  rank: number
}

/** Everything, retired or not, in the shop's order. */
export const allProducts = (db: Database): Promise<Product[]> =>
  db.find<Product>('products', { where: {}, orderBy: [['rank', 'asc']], limit: 1_000 })

/** Everything on sale, in the shop's order; at most 1,000 products. */
export async function productsOnSale(db: Database): Promise<Product[]> {
  const found = await db.find<Product>('products', {
    where: { onSale: true },
    orderBy: [['rank', 'asc']],
    limit: 1_000,
  })
  // Nobody can buy what has no price; staff see that it is broken.
  return found.filter((product) => isSound(product, productShape))
}

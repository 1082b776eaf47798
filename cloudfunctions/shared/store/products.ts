// The catalogue of products in the database. All prices of orders come from this catalogue, never from the phone.
import type { ProductKind } from '../../../miniprogram/rules/terms'
import { isSound, productShape } from '../domain/shapes'
import type { Database, Document } from './database'

export interface Product extends Document {
  /** the product's name in Chinese (`_id` is the sku) */
  title: string
  titleEn: string
  note: string
  noteEn: string
  priceFen: number
  currency: string
  /** the kind of product; old documents without this field are goods */
  kind?: ProductKind
  onSale: boolean
  /** where the product stands in lists: products with a smaller rank come first */
  rank: number
}

/** All products in the order of their rank. Products that are no longer on sale are included. */
export const allProducts = (db: Database): Promise<Product[]> =>
  db.find<Product>('products', { where: {}, orderBy: [['rank', 'asc']], limit: 1_000 })

/** The products on sale in the order of their rank, at most 1,000. */
export async function productsOnSale(db: Database): Promise<Product[]> {
  const found = await db.find<Product>('products', {
    where: { onSale: true },
    orderBy: [['rank', 'asc']],
    limit: 1_000,
  })
  // A product with broken fields cannot be bought. Staff see it in the back office.
  return found.filter((product) => isSound(product, productShape))
}

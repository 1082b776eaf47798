// The title of a payment at its provider. The shopper sees it on the payment sheet and in the bill.
import type { OrderItem } from '../../domain/orders/orderShape'
import { weChatText } from '../../providers/provider'

// Providers allow 127 or 128 characters; some count bytes, and three bytes of UTF-8 hold one Chinese character.
const titleLimit = 40

/**
 * The first product's name, followed by the number of pieces if there is more than one product. A name that consists of
 * emoji only is replaced by the English name or the sku.
 */
export function paymentTitle(items: readonly Pick<OrderItem, 'sku' | 'title' | 'titleEn' | 'quantity'>[]): string {
  const [first] = items
  const names = [first?.title ?? '', first?.titleEn ?? ''].map((name) =>
    Array.from(name)
      .slice(0, titleLimit - 8)
      .join(''),
  )
  const title = names.find((name) => weChatText(name, name.length * 3) !== '') ?? first?.sku ?? ''
  const pieces = items.reduce((sum, { quantity }) => sum + quantity, 0)
  return items.length > 1 ? `${title} 等${pieces}件` : title
}

// The title of a payment that we send to the provider. The shopper sees the title on the payment sheet and in their
// bill.
import type { OrderItem } from '../../domain/orders/orderShape'
import { weChatText } from '../../providers/provider'

// Providers allow 127 or 128 characters. Some of them count bytes, and a Chinese character has three bytes in UTF-8.
const titleLimit = 40

/**
 * Makes the title from the first product's name, and adds the number of pieces if there is more than one product. If
 * the name has only emoji, we use the English name or the sku.
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

// Makes the address of our page that opens the payment sheet. We need this page if only the provider can tell the
// payer's openid (docs/web.md).
import { sameText } from '../../providers/signing'
import type { Context } from './context'

/** the path of the page, relative to /web/ */
export const sheetPath = 'pay/sheet'

// Makes the key in the page's address. The key prevents people who only know a paymentNo from reading the payment.
const keyOf = ({ secrets }: Pick<Context, 'secrets'>, paymentNo: string): string => secrets.mark(`sheet ${paymentNo}`)

export function sheetUrl(ctx: Pick<Context, 'secrets'>, paymentNo: string, publicUrl: string): string {
  const query = new URLSearchParams({ payment: paymentNo, key: keyOf(ctx, paymentNo) })
  return `${new URL(publicUrl).origin}/web/${sheetPath}?${query}`
}

export const isSheetKey = (ctx: Pick<Context, 'secrets'>, paymentNo: string, key: unknown): boolean =>
  sameText(keyOf(ctx, paymentNo), key)

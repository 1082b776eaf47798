// The address of our page that opens the payment sheet, for a payment whose openid only the provider tells (docs/web.md).
import { sameText } from '../../providers/signing'
import type { Context } from './context'

/** below /web/ */
export const sheetPath = 'pay/sheet'

// The key keeps strangers from reading a payment by its number.
const keyOf = ({ secrets }: Pick<Context, 'secrets'>, paymentNo: string): string => secrets.mark(`sheet ${paymentNo}`)

export function sheetUrl(ctx: Pick<Context, 'secrets'>, paymentNo: string, publicUrl: string): string {
  const query = new URLSearchParams({ payment: paymentNo, key: keyOf(ctx, paymentNo) })
  return `${new URL(publicUrl).origin}/web/${sheetPath}?${query}`
}

export const isSheetKey = (ctx: Pick<Context, 'secrets'>, paymentNo: string, key: unknown): boolean =>
  sameText(keyOf(ctx, paymentNo), key)

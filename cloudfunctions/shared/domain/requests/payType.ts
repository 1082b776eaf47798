// The ways to pay that other systems name, by the Unified platform's document: `payTypeCode` and `payTypeName`.

export const payTypes = ['Wechat', 'Alipay', 'ChinapayOld', 'Paypal'] as const
export type PayType = (typeof payTypes)[number]

/** The document's own names (申请支付后的回调接口, payTypeName), and ours in English. */
export const payTypeNames: { readonly [Type in PayType]: { name: string; nameEn: string } } = {
  Wechat: { name: '微信支付', nameEn: 'WeChat Pay' },
  Alipay: { name: '支付宝支付', nameEn: 'Alipay' },
  ChinapayOld: { name: '银联支付', nameEn: 'UnionPay' },
  Paypal: { name: 'PayPal', nameEn: 'PayPal' },
}

export const isPayType = (text: string): text is PayType => (payTypes as readonly string[]).includes(text)

// The ways to pay by which other systems ask for a payment. The Unified platform's document calls them `payTypeCode`
// and `payTypeName`.
import { type PayType, payTypes } from '../../../../miniprogram/rules/terms'

/**
 * The names of the ways to pay: the Chinese names of the Unified platform's document (申请支付后的回调接口, payTypeName), and our
 * English ones.
 */
export const payTypeNames: { readonly [Type in PayType]: { name: string; nameEn: string } } = {
  Wechat: { name: '微信支付', nameEn: 'WeChat Pay' },
  Alipay: { name: '支付宝支付', nameEn: 'Alipay' },
  ChinapayOld: { name: '银联支付', nameEn: 'UnionPay' },
  Paypal: { name: 'PayPal', nameEn: 'PayPal' },
}

export const isPayType = (text: string): text is PayType => (payTypes as readonly string[]).includes(text)

// The interface of the API for other systems: what they send us, as the Unified platform's document says (统一支付平台 API).
// All values are texts, because the signature is over texts. The OpenAPI document is made from these schemas.
import * as z from 'zod/mini'
import { payTypes } from '../../../miniprogram/rules/terms'
import { urlOf } from '../domain/requests/addresses'
import { isKey, isPlainKey, keyLimit } from '../domain/requests/requestKey'
import { described } from './described'

// The signature does not cover the names of the fields, so somebody could exchange the values of two fields. To make
// this hard, almost every field has a form of its own, such as an amount or an address. So the value of one field is
// rarely valid in another (domain/requests/otherReading.ts).

// Whether a text can be shown to people. WeChat Pay shows at most 127 characters. Markup and pictures are refused,
// because the text reaches pages, bills and files of other systems.
const isShown = (text: string): boolean =>
  !/[\p{Cc}\p{Cs}<>]|\uFE0F|\p{Emoji_Presentation}/u.test(text) && !/^[\d\s.]*$/.test(text)
const isAddress = (text: string): boolean => {
  if (/[\\"'<>`{}|^]/.test(text)) return false
  const url = urlOf(text)
  return url !== undefined && url.username === '' && url.password === '' && url.hostname !== ''
}

const shown = z.string().check(
  z.maxLength(127),
  z.refine((text) => isShown(text) && !isPlainKey(text) && !/^https?:/i.test(text), 'not a sentence for people'),
)
const addressUpTo = (longest: number) =>
  z
    .string()
    .check(
      z.maxLength(longest),
      z.regex(/^https?:\/\/[!-~]+$/),
      z.refine(isAddress, 'not an http(s) address'),
      z.meta({ format: 'uri' }),
    )
const address = addressUpTo(500)
const optional = <T extends z.ZodMiniType>(schema: T) => z.optional(z.union([z.literal(''), schema]))

const domainCode = described(
  z.string().check(z.regex(/^[A-Za-z][\w-]{0,31}$/)),
  '商户分配给您的系统代码',
  'the code that the shop gave you',
)
const requestKey = described(
  z.string().check(z.minLength(1), z.maxLength(keyLimit), z.refine(isKey, 'not a number of an order')),
  '您系统中的订单号，须唯一：最多 128 个字符，首尾无空格，不含控制字符',
  'your own number of the order, unique in your system: any text of up to 128 characters, without control characters and without blanks at its ends',
)
const sign = described(
  z.string().check(z.regex(/^[0-9a-f]{40}$/)),
  '所有参数值排序后的 SHA-1，小写',
  'SHA-1 over the sorted values, in lower case',
)
const sign2 = described(
  z.optional(z.string().check(z.regex(/^([0-9a-f]{64})?$/))),
  '“参数名=值”排序后的 HMAC-SHA256，小写；系统设为 hmac 后必填',
  'HMAC-SHA256 over the named values, in lower case; required once the domain is set to it',
)
const paySceneName = described(
  z.optional(z.enum(['', 'pc', 'h5'])),
  '付款场景：pc 为电脑，h5 为手机；不填则按路径',
  'where people pay: pc for computers, h5 for phones; absent: as the path says',
)
const payTypeCode = described(z.enum(payTypes), '支付方式', 'the way to pay')

/** The fields of a payment that a signature covers, with the form of each value. */
export const payFields = {
  domainCode,
  payTypeCode: described(
    z.optional(z.enum(['', ...payTypes])),
    '支付方式；可在签名之后再加',
    'the way to pay; may be added after the signing',
  ),
  requestChannel: described(
    optional(z.string().check(z.regex(/^(\d{1,8}|[A-Za-z_-]{1,32})$/))),
    '由您自定：不含数字的词，或后台登记的数字',
    'free for you: a word without digits, or a number that the back office lists for your domain',
  ),
  money: described(
    z.string().check(z.regex(/^[1-9]\d{0,9}$/)),
    '金额，单位为分，整数',
    'the amount in fen or cents, a whole number',
  ),
  info: described(shown, '商品信息，付款人会看到', 'what is paid for, as the payer reads it in Chinese'),
  infoEn: described(optional(shown), '英文商品信息', 'the same in English'),
  requestKey,
  currencyType: described(z.enum(['CNY', 'USD']), '金额的币种', 'the currency of `money`'),
  pageUrl: described(address, '付款后返回的页面', 'where the payer goes afterwards'),
  bgUrl: described(
    address.check(z.regex(/^[^?#]*$/)),
    '支付结果以 GET 通知到这里；不能带“?”',
    'our GET tells the result here; without `?`',
  ),
  dialogOkUrl: described(
    optional(address),
    '支付成功后前往的页面；不填则用 pageUrl',
    'where the payer goes after paying; absent: pageUrl',
  ),
  dialogFailUrl: described(
    optional(address),
    '支付失败后前往的页面；不填则用 pageUrl',
    'where the payer goes after a failure; absent: pageUrl',
  ),
  rate: described(
    optional(z.string().check(z.regex(/^(0|[1-9]\d?)(\.\d{1,6})?$/))),
    '您使用的汇率：只随订单保存，不参与计算',
    'the exchange rate that you use: kept with the order, never used',
  ),
  payTypeCodeIn: described(optional(z.string().check(z.regex(/^[A-Za-z,]{1,64}$/))), '暂不使用', 'not used'),
} as const

export type PayField = keyof typeof payFields

const openid = described(
  z.optional(z.string().check(z.regex(/^[\w.~-]{0,512}$/))),
  '付款人的 openid，或 openid 接口给出的一次性代码；不参与签名',
  'the payer’s openid, or the code that the openid page gave; not under the signature',
)

/** The input of each call, by method and path. The paths are relative to `pay/api/`. */
export const payApi = {
  'GET pc/pay-types': z.strictObject({ domainCode, paySceneName }),
  'GET h5/pay-types': z.strictObject({ domainCode, paySceneName }),
  'POST pc/pay': z.strictObject({ ...payFields, payTypeCode, openid, sign, sign2 }),
  'GET pc/wechatQuery': z.strictObject({ ...payFields, openid, sign, sign2 }),
  'POST h5/pay': z.strictObject({ ...payFields, payTypeCode, openid, sign, sign2 }),
  'GET private/pay/query': z.strictObject({ domainCode, requestKey, sign, sign2 }),
  'GET private/pay/queryInfo': z.strictObject({ domainCode, requestKey, sign, sign2 }),
  'POST cashier': z.strictObject({ ...payFields, openid, sign, sign2 }),
  'GET openid': z.strictObject({
    domainCode,
    backUrl: described(addressUpTo(2_000), '返回地址，返回时会带上 openid', 'where to go back to, with `openid`'),
  }),
} as const

export type PayCall = keyof typeof payApi

// The sentences of the OpenAPI document and of its HTML page, in both languages.
import type { PayCall } from '../../cloudfunctions/shared/api/pay'
import type { DeliveryType } from '../../cloudfunctions/shared/domain/telling/delivery'

export const languages = ['zh', 'en'] as const
export type Language = (typeof languages)[number]
export type Words = Readonly<Record<Language, string>>

export const title: Words = { zh: '小收银台 · 对接接口', en: 'Mini Cashier API' }

export const introduction: Words = {
  zh: [
    '供业务系统收款：发起支付、查询结果，并接收事件。接口与《统一支付平台 API》一致。',
    '`sign` 是全部非空参数的值与密钥一起按编码单元排序、直接拼接后的 SHA-1（小写十六进制）；`sign`、`sign2`、`openid` 不参与签名。',
    '`sign2` 是同样这些参数按名称排序、以 `&` 连接的 `参数名=值` 的 HMAC-SHA256（小写十六进制）。',
    '例：密钥为 `test`，`domainCode=test`、`requestKey=1464844451098`，则 `sign` 为 `07c34ea79a804e7c54b0538c45d2015e2f13814e`。',
    '一个 `requestKey` 只对应一笔订单。除路径或请求方法不对以外，所有失败都以 200 返回，原因见 `errcode`。',
  ].join('\n\n'),
  en: [
    'For other systems that take money through this shop: open a payment, ask how it stands, hear of events. The interface is that of the Unified pay platform (统一支付平台 API).',
    '`sign` is the SHA-1, in lower-case hex, of the values of all parameters that are not empty and the secret among them, sorted by code units, with nothing between them. `sign`, `sign2` and `openid` are not signed.',
    '`sign2` is the HMAC-SHA256, in lower-case hex, of `name=value` of the same parameters, sorted by name and joined by `&`.',
    'Example: with the secret `test`, `domainCode=test` and `requestKey=1464844451098` have the `sign` `07c34ea79a804e7c54b0538c45d2015e2f13814e`.',
    'One `requestKey` is one order. Every failure has status 200 and says why in `errcode`; only a wrong path or method has another status.',
  ].join('\n\n'),
}

export const callWords: Readonly<Record<PayCall, Words>> = {
  'GET pc/pay-types': { zh: '电脑上可用的支付方式', en: 'The ways to pay at a computer' },
  'GET h5/pay-types': { zh: '手机上可用的支付方式', en: 'The ways to pay on a phone' },
  'POST pc/pay': { zh: '在电脑上发起支付', en: 'Open a payment at a computer' },
  'GET pc/wechatQuery': {
    zh: '查询微信支付结果：0 已支付，30000 请 2 秒后再查，其他为失败',
    en: 'Ask how a WeChat payment stands: 0 paid, 30000 ask again in 2 s, anything else failed',
  },
  'POST h5/pay': { zh: '在手机上发起支付', en: 'Open a payment on a phone' },
  'GET private/pay/query': { zh: '查询是否支付成功', en: 'Ask whether a payment succeeded' },
  'GET private/pay/queryInfo': { zh: '查询支付记录', en: 'Read the record of a payment' },
  'POST cashier': {
    zh: '收银台页面打开时：检查请求，说明谁收款、能怎么付；不产生订单',
    en: 'What a cashier’s page shows: checks the request, says who asks and how one can pay here; makes no order',
  },
  'GET openid': {
    zh: '取得付款人的 openid：前往微信，再带着 openid 回到 backUrl',
    en: 'Get the payer’s openid: goes to WeChat, and back to backUrl with it',
  },
}

export const eventWords: Readonly<Record<DeliveryType, Words>> = {
  'order.paid': { zh: '订单已支付', en: 'An order is paid' },
  'order.closed': {
    zh: '订单已取消或超时关闭，不能再支付',
    en: 'An order was cancelled or has expired: it can no longer be paid',
  },
  'order.overpaid': {
    zh: '订单支付或关闭后又收到一笔付款',
    en: 'Money came for an order that was already paid or closed',
  },
  'refund.done': { zh: '退款成功', en: 'A refund is done' },
  'refund.failed': { zh: '退款失败，之后仍可能成功', en: 'A refund failed. It may still be done later' },
  'contract.signed': { zh: '用户签约成功', en: 'A subscriber signed a contract' },
  'contract.charged': { zh: '一期扣费成功', en: 'A period was paid' },
  'contract.past_due': {
    zh: '一期扣费未成功，等待用户手动支付',
    en: 'A period could not be charged and waits to be paid by hand',
  },
  'contract.ended': { zh: '签约已结束', en: 'A contract has ended' },
  'endpoint.test': { zh: '后台“测试”按钮发出，没有数据', en: 'Sent by the button of the back office, without data' },
}

export const texts = {
  zh: {
    reply: '处理结果',
    image: '仅二维码：同一内容的图片（data URL）',
    redirect: '前往微信',
    wrongPath: '接口不存在',
    wrongMethod: '请求方法不正确',
    errcode: '0 为成功，30000 为尚未支付，其他为失败',
    success: '成功',
    errormsg: '说明，中文；请求头 accept-language 为 en 时为英文',
    bgUrl: '支付成功后，我们以 GET 调用 bgUrl。返回内容为 success 且状态为 2xx 才算收到，否则会重发。',
    bgUrlHeard: '正文须为 success',
    replySigned: '回答的签名，格式同 Standard Webhooks，密钥为您的系统密钥',
    webhookId: '事件编号，重发时不变',
    webhookTimestamp: '发送时间，秒',
    webhookSignature: 'v1, 加上“编号.时间.正文”的 HMAC-SHA256（Base64）；更换密钥期间有两个，以空格分隔',
    accepted: '已收到。其他状态都会重发',
    calls: '接口',
    events: '事件',
    errors: '错误码',
    parameters: '参数',
    answer: '返回 obj',
    none: '无',
    required: '必填',
    data: '事件内容 data',
    frame: '每个事件都有',
    emptyOr: '可为空',
    oneOf: '之一',
    listOf: '列表',
    orNull: '或 null',
    upTo: '最多 {n} 个字符',
    kinds: { string: '文本', integer: '整数', boolean: '是或否', object: '对象', uri: '网址' },
    other: 'English',
    download: 'OpenAPI 3.1 文件',
    contents: '目录',
    callback: '支付结果通知 bgUrl',
  },
  en: {
    reply: 'the outcome',
    image: 'for a code only: the same as a picture, a data URL',
    redirect: 'goes to WeChat',
    wrongPath: 'no such path',
    wrongMethod: 'wrong method',
    errcode: '0 is success, 30000 is not paid yet, everything else a failure',
    success: 'success',
    errormsg: 'a sentence, Chinese; English for accept-language: en',
    bgUrl:
      'When it is paid, we call bgUrl with GET. Only the text success with a status of 2xx counts as heard; otherwise the call is repeated.',
    bgUrlHeard: 'the body must be success',
    replySigned: 'the signature of the reply, as in Standard Webhooks, under the bytes of your secret',
    webhookId: 'the event’s id, the same in every repeat',
    webhookTimestamp: 'when it was sent, in seconds since 1970',
    webhookSignature:
      'v1, and the base64 of HMAC-SHA256 over id.timestamp.body; two with a blank between while a secret is replaced',
    accepted: 'heard. After any other status the event is sent again',
    calls: 'Calls',
    events: 'Events',
    errors: 'Error codes',
    parameters: 'Parameters',
    answer: 'obj in the reply',
    none: 'none',
    required: 'required',
    data: 'data',
    frame: 'Every event has',
    emptyOr: 'may be empty',
    oneOf: 'one of',
    listOf: 'list',
    orNull: 'or null',
    upTo: 'at most {n} characters',
    kinds: { string: 'text', integer: 'whole number', boolean: 'true or false', object: 'object', uri: 'address' },
    other: '中文',
    download: 'OpenAPI 3.1 file',
    contents: 'Contents',
    callback: 'Result at bgUrl',
  },
} as const

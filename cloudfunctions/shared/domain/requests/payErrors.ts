// Why we refuse a request of another system, with the code that we answer. docs/integrate.md lists the codes.

interface PayError {
  errcode: string
  /** the sentence for the caller; `{field}` and `{other}` stand for names of fields */
  zh: string
  en: string
}

// Our codes have five digits: the kind of error, then a number. The Unified platform's document itself defines only `0`
// and `30000`.
export const payErrors = {
  field: { errcode: '40001', zh: '参数 {field} 缺失或格式不正确', en: '{field} is missing or malformed' },
  ambiguous: {
    errcode: '40002',
    zh: '参数 {field} 与 {other} 的值互换后签名仍然有效，请修改其中一个，或使用 sign2',
    en: 'the signature would still be valid if the values of {field} and {other} were exchanged: change one of them, or use sign2',
  },
  body: { errcode: '40003', zh: '请求内容不是 JSON 对象', en: 'the body is not a JSON object' },
  tooLarge: { errcode: '40004', zh: '请求内容过长', en: 'the request is too large' },
  openid: { errcode: '40005', zh: '微信支付需要 openid', en: 'WeChat Pay needs an openid' },
  openidCode: {
    errcode: '40006',
    zh: 'openid 已失效，请重新获取',
    en: 'the openid has expired or was already used: request a new one',
  },
  signature: { errcode: '40101', zh: '签名错误', en: 'the signature is wrong' },
  domain: { errcode: '40301', zh: 'domainCode 不存在', en: 'unknown domainCode' },
  closed: { errcode: '40302', zh: '该业务系统已停用', en: 'this domain is disabled' },
  address: {
    errcode: '40303',
    zh: '地址 {field} 不在允许的范围内',
    en: '{field} is not an allowed address of this domain',
  },
  constant: {
    errcode: '40304',
    zh: '参数 {field} 的值未在后台登记',
    en: 'the value of {field} is not registered for this domain',
  },
  payType: { errcode: '40305', zh: '该支付方式未开通', en: 'this payment method is not enabled' },
  path: { errcode: '40401', zh: '接口不存在', en: 'unknown path' },
  requestKey: { errcode: '40402', zh: 'requestKey 不存在', en: 'unknown requestKey' },
  method: { errcode: '40501', zh: '请求方法不正确', en: 'method not allowed' },
  used: {
    errcode: '40901',
    zh: 'requestKey 已使用，且参数 {field} 与首次请求不同',
    en: 'this requestKey was already used with a different {field}',
  },
  busy: {
    errcode: '40902',
    zh: '正在发起支付，请稍后重试',
    en: 'the payment is being prepared: try again in a few seconds',
  },
  paid: { errcode: '40903', zh: '该订单已支付', en: 'this order has already been paid' },
  ended: { errcode: '40904', zh: '该订单已关闭', en: 'this order is closed' },
  failed: { errcode: '40905', zh: '支付失败', en: 'the payment failed' },
  rate: { errcode: '42901', zh: '请求过于频繁', en: 'too many requests' },
  internal: { errcode: '50001', zh: '系统错误，请稍后再试', en: 'something went wrong on our side' },
  refused: { errcode: '50201', zh: '支付渠道拒绝了请求', en: 'the payment provider declined the payment' },
  unreachable: {
    errcode: '50202',
    zh: '支付渠道暂时无法连接，请稍后再试',
    en: 'the payment provider cannot be reached: try again later',
  },
  /** a code of the Unified platform's document: the payment is not finished, so the caller should ask again */
  waiting: { errcode: '30000', zh: '等待支付', en: 'not paid yet' },
} as const satisfies Record<string, PayError>

export type PayErrorName = keyof typeof payErrors

/** The error that we throw when we refuse a request of another system. */
export class RequestRefused extends Error {
  /** @param fields the names of fields that the sentence of the answer contains */
  constructor(
    readonly reason: PayErrorName,
    readonly fields: { field?: string; other?: string } = {},
  ) {
    super(reason)
    this.name = 'RequestRefused'
  }
}

// A client of the Unified platform, written only from its document (统一支付平台 API). It imports none of our code, so
// any system that was written for that document can do the same.
import { createHash } from 'node:crypto'

export type Fields = Record<string, string>

export interface Reply {
  errcode: string
  errormsg: string
  obj?: unknown
}

/**
 * The document's signature (用 domainSecret 对所有非空的参数加密): sort the values that are not empty together with the
 * secret, and take the SHA-1.
 */
export function sign(fields: Fields, domainSecret: string): string {
  const values = Object.entries(fields)
    .filter(([name, value]) => name !== 'sign' && value !== '')
    .map(([, value]) => value)
  return createHash('sha1')
    .update([...values, domainSecret].sort().join(''))
    .digest('hex')
}

export const signed = (fields: Fields, domainSecret: string): Fields => ({
  ...fields,
  sign: sign(fields, domainSecret),
})

export class SampleClient {
  constructor(
    readonly base: string,
    readonly domainCode = 'test',
    readonly domainSecret = 'test',
  ) {}

  /** The parameters that the connected system's server signs (PC申请支付接口 and H5申请支付接口). */
  purchase(changes: Fields = {}): Fields {
    const fields = {
      domainCode: this.domainCode,
      payTypeCode: '',
      requestChannel: '',
      money: '1',
      info: '这是你买的商品详单信息',
      infoEn: '',
      requestKey: '',
      currencyType: 'CNY',
      pageUrl: 'http://www.baidu.com',
      bgUrl: 'http://www.sina.com',
      dialogOkUrl: 'http://www.sohu.com',
      dialogFailUrl: 'http://www.163.com',
      rate: '6.8',
      payTypeCodeIn: '',
      ...changes,
    }
    return signed(fields, this.domainSecret)
  }

  payTypes(paySceneName: 'pc' | 'h5'): Promise<Reply> {
    return this.get('pay/api/pc/pay-types', { domainCode: this.domainCode, paySceneName })
  }

  /** Opens a payment from a PC (PC支付请求接口). The page adds the payment method that the payer chose. */
  pay(purchase: Fields, payTypeCode: string): Promise<Reply> {
    return this.post('pay/api/pc/pay', { ...purchase, payTypeCode })
  }

  /** Opens a payment from a phone (H5支付请求接口). */
  payOnPhone(purchase: Fields, payTypeCode: string, openid = ''): Promise<Reply> {
    return this.post('pay/api/h5/pay', { ...purchase, payTypeCode, openid })
  }

  /** Queries a WeChat payment on a PC (PC微信支付查询结果接口). */
  wechatQuery(purchase: Fields): Promise<Reply> {
    return this.get('pay/api/pc/wechatQuery', { ...purchase, payTypeCode: 'Wechat' })
  }

  /** Queries a payment (支付查询接口). */
  query(requestKey: string, what: 'query' | 'queryInfo' = 'query'): Promise<Reply> {
    const fields = signed({ domainCode: this.domainCode, requestKey }, this.domainSecret)
    return this.get(`pay/api/private/pay/${what}`, fields)
  }

  async get(path: string, fields: Fields): Promise<Reply> {
    return (await fetch(`${this.base}/${path}?${new URLSearchParams(fields)}`)).json() as Promise<Reply>
  }

  async post(path: string, fields: Record<string, unknown>): Promise<Reply> {
    const answer = await fetch(`${this.base}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json;charset=utf-8' },
      body: JSON.stringify(fields),
    })
    return answer.json() as Promise<Reply>
  }
}

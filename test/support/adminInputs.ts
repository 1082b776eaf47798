// A valid input for every action of the admin function. The orders and people in them need not exist.
import type { AdminAction } from '../../cloudfunctions/shared/api/admin'

const orderNo = '20260101000000abcdefgh'
const requestId = 'request-0001'
const day = '2026-01-01'

export const adminInputs: Record<AdminAction, readonly [Input, ...Input[]]> = {
  orders: [
    { number: 'abcdefgh', limit: 10 },
    { from: day, to: day, filter: { state: 'paid' }, limit: 1 },
    { from: day, to: day, filter: { provider: 'midas' } },
    { from: day, to: day, filter: { contractNo: orderNo } },
    { from: day, to: day, filter: { amountFen: 100 } },
    { filter: { needs: 'surplus' } },
    { filter: { needs: 'shipping' } },
  ],
  order: [{ orderNo }],
  refund: [{ orderNo, requestId, paymentNo: `${orderNo}01`, amountFen: 100, reason: '杯子碎了' }],
  recordRefund: [{ orderNo, refundNo: `${orderNo}r01`, isRefunded: false, note: '平台上没有这笔' }],
  recheck: [{ orderNo }],
  close: [{ orderNo }],
  ship: [
    {
      entries: [
        { orderNo, way: 'parcel', parcels: [{ carrier: 'SF', trackingNo: 'SF1234567890', phoneTail: '1234' }] },
        { orderNo, way: 'pickup' },
      ],
    },
  ],
  complaints: [{ which: 'open', limit: 10 }, { which: 'all' }],
  complaint: [{ id: '200201820200101080076610000' }],
  answerComplaint: [
    { id: '200201820200101080076610000', requestId, answer: { what: 'reply', text: '您好，马上处理' } },
    { id: '200201820200101080076610000', requestId, answer: { what: 'finish' } },
    { id: '200201820200101080076610000', requestId, answer: { what: 'approveRefund', days: 0 } },
    { id: '200201820200101080076610000', requestId, answer: { what: 'rejectRefund', text: '商品没有问题' } },
  ],
  complaintPhone: [{ id: '200201820200101080076610000' }],
  contracts: [{ state: 'pastDue', cursor: orderNo, limit: 10 }, { contractNo: orderNo }],
  endContract: [{ contractNo: orderNo }],
  domains: [{}],
  changeDomain: [
    {
      save: {
        version: 9,
        domain: {
          code: 'no-such-domain',
          name: 'x',
          signature: 'values',
          origins: ['https://shop.example'],
          hosts: ['https://shop.example/paid'],
          channels: ['Wechat'],
          rates: ['*'],
          requestChannels: ['*'],
          bareOpenid: false,
        },
      },
    },
    { newSecret: 'no-such-domain' },
    { endOldSecret: 'no-such-domain' },
    { switchOn: 'no-such-domain' },
    { switchOff: 'no-such-domain' },
  ],
  endpoints: [{}],
  changeEndpoint: [
    { newSecret: 'no-such-endpoint' },
    { endOldSecret: 'no-such-endpoint' },
    { switchOn: 'no-such-endpoint' },
    { switchOff: 'no-such-endpoint' },
    { add: { id: 'no-such-endpoint', url: 'https://10.0.0.1/', note: '' } },
  ],
  testEndpoint: [{ id: 'no-such-endpoint' }],
  deliveries: [
    {},
    { of: { state: 'failed' }, limit: 10 },
    { of: { endpoint: 'no-such-endpoint' } },
    { of: { subject: orderNo } },
  ],
  resend: [
    { which: { id: `${orderNo}.1@no-such-endpoint` } },
    { which: { orderNo } },
    { which: { from: 0, to: 1, failedOnly: true } },
  ],
  plans: [{}],
  savePlan: [
    {
      version: 7,
      plan: {
        plan: 'no-such-plan',
        title: '没有',
        titleEn: 'None',
        note: '无',
        noteEn: 'none',
        currency: 'CNY',
        amountKind: 'fixed',
        amountFen: 100,
        ceilingFen: 100,
        firstAmountFen: 100,
        period: 'month',
        trialDays: 1,
        debitRule: 'preNotice',
        windowDays: 1,
        template: '100001',
        provider: 'wechatpay',
        onSale: true,
        rank: 1,
      },
    },
  ],
  products: [{}],
  saveProduct: [
    {
      version: 7,
      product: {
        sku: 'no-such-product',
        title: '没有',
        titleEn: 'None',
        note: '无',
        noteEn: 'none',
        priceFen: 100,
        currency: 'CNY',
        onSale: true,
        rank: 1,
      },
    },
  ],
  notices: [{ kind: 'forged', dismissed: true, limit: 10 }],
  replay: [{ which: { ids: ['no-such-notice'] } }, { which: { provider: 'midas', from: 1, to: 2 } }],
  dismiss: [{ id: 'no-such-notice', note: '看过了' }],
  stats: [{}],
  bills: [
    { provider: 'nobody', day, run: true },
    { provider: 'nobody', day },
  ],
  repair: [
    { provider: 'nobody', day, kind: 'missingHere', no: `${orderNo}01`, theirNo: 'T1', how: 'ignore', note: '看过了' },
  ],
  export: [
    { start: { requestId, what: 'orders', from: day, to: day, language: 'zh' } },
    { read: 'no-such-export' },
    { list: true },
  ],
  staff: [
    { list: true },
    { invite: { role: 'operator', name: '小王', refundLimitFen: 100 } },
    { rename: '店主' },
    { withdraw: '0123456789abcdef' },
    { change: { staffId: '0123456789abcdef', role: 'viewer', name: '小王', refundLimitFen: 100 } },
    { remove: '0123456789abcdef' },
    { endSession: '0123456789abcdef' },
  ],
  sessions: [{ list: true }, { look: 'BCDF2345' }, { confirm: 'BCDF2345' }, { end: '0123456789abcdef' }],
  audit: [{ limit: 10 }],
  settings: [{}],
  saveSettings: [{ code: 'nobody', version: 7, enabled: true, fields: {} }],
  testSettings: [{ code: 'nobody' }],
  messages: [{}],
  hearOrders: [{}],
  testMessage: [{ kind: 'paid' }],
  keyCheck: [{ code: 'nobody', check: '0'.repeat(32) }],
  claim: [{ code: 'wrong-wrong-wrong-wrong', name: '小王' }, {}],
}

export interface Input {
  [field: string]: Value
}
type Value = string | number | boolean | null | readonly Value[] | Input

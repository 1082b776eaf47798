// Tests complaints with the built functions. WeChat Pay's fake server sends a notice over HTTP. When staff answer a
// complaint, the answer must reach the fake server exactly once. Uses the real wx-server-sdk.
import type { ComplaintRow } from '../../cloudfunctions/shared/api/admin'
import { adminOf, auditOf, codeOf, databaseOf, owner } from '../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud()
}, 240_000)
afterAll(() => cloud?.stop())

interface Kept {
  complaint_id: string
  complaint_state: string
  history: { operate_type: string; operate_details: string }[]
}

const minute = 60_000
const phone = '13812345678'

async function complaintAbout(orderNo: string): Promise<string> {
  const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
  await cloud.post('/local/pay', { payInfo: JSON.parse(payInfo) })
  await cloud.advance(5_000)
  const [payment] = (await cloud.stored(orderNo)).payments
  const asked = { paymentNo: payment?.no, text: '杯子碎了', about: 'REFUND', phone }
  const reply = (await (await cloud.post('/local/complaints', asked)).json()) as { complaintId: string }
  return reply.complaintId
}

/**
 * Waits until the timer has read the complaint, and returns the complaint's row in the list. The timer needs a minute,
 * or more on a busy machine.
 */
async function readRow(id: string): Promise<ComplaintRow | undefined> {
  for (let minutes = 0; minutes < 20; minutes++) {
    await cloud.advance(minute)
    const row = dataOf(await adminOf(cloud)('complaints', { which: 'open' })).complaints.find((one) => one.id === id)
    if (row?.state) return row
  }
  return undefined
}

const answerOf = async (id: string) => dataOf(await adminOf(cloud)('complaint', { id })).complaint.answers[0]?.state

const keptOf = async (id: string): Promise<Kept | undefined> => {
  const { complaints } = (await (await fetch(`${cloud.url}/local/complaints`)).json()) as { complaints: Kept[] }
  return complaints.find(({ complaint_id }) => complaint_id === id)
}
const saidOf = async (id: string, type: string) =>
  (await keptOf(id))?.history.filter(({ operate_type }) => operate_type === type).map((one) => one.operate_details)

it('a notice is stored before it is confirmed; staff read, answer, look at the phone number, and finish', async () => {
  const heard: string[] = []
  const admin = adminOf(cloud, heard)
  const { orderNo } = await cloud.newOrder()
  const id = await complaintAbout(orderNo)
  const [stub] = dataOf(await admin('complaints', { which: 'open' })).complaints
  expect(stub).toMatchObject({ id, state: null })
  const row = await readRow(id)
  expect(row).toMatchObject({ id, state: 'pending', orderNo, about: 'refund', text: '杯子碎了' })
  const { needs } = dataOf(await admin('stats', {}))
  expect(needs).toContainEqual({ what: 'complaints', count: 1, by: row?.answerBy })
  const reply = { id, requestId: 'reply-0001', answer: { what: 'reply', text: '马上为您退款\n请稍候' } }
  expect(dataOf(await admin('answerComplaint', reply)).complaint.answers[0]).toMatchObject({ state: 'sent' })
  dataOf(await admin('answerComplaint', reply))
  expect(await saidOf(id, 'MERCHANT_RESPONSE')).toEqual(['马上为您退款\n请稍候'])
  const { history } = dataOf(await admin('complaint', { id }))
  expect(history?.[0]).toMatchObject({ who: 'shop', what: 'reply', text: '马上为您退款\n请稍候' })
  expect(heard.join()).not.toContain(phone)
  expect(dataOf(await admin('complaintPhone', { id })).phone).toBe(phone)
  dataOf(await admin('answerComplaint', { id, requestId: 'agree-0001', answer: { what: 'approveRefund', days: 0 } }))
  dataOf(await admin('answerComplaint', { id, requestId: 'finish-001', answer: { what: 'finish' } }))
  expect((await keptOf(id))?.complaint_state).toBe('PROCESSED')
  const late = await admin('answerComplaint', { id, requestId: 'reply-0002', answer: { what: 'reply', text: '再见' } })
  expect(codeOf(late)).toBe('Conflict')
  const entries = await auditOf(await databaseOf(cloud), { by: owner })
  expect(entries.map(({ what }) => what)).toEqual([
    'answerComplaint',
    'answerComplaint',
    'complaintPhone',
    'answerComplaint',
    'answerComplaint',
    'answerComplaint',
  ])
  expect(JSON.stringify(entries)).not.toContain(phone)
})

it('an answer whose reply is garbage is found in the history a minute later, and was sent once', async () => {
  const admin = adminOf(cloud)
  const { orderNo } = await cloud.newOrder()
  const id = await complaintAbout(orderNo)
  await readRow(id)
  await cloud.post('/local/sandbox', { provider: 'wechatpay', scenario: 'garbage:complaintReply' })
  const reply = { id, requestId: 'reply-0003', answer: { what: 'reply', text: '已补发' } }
  expect(dataOf(await admin('answerComplaint', reply)).complaint.answers[0]?.state).toBe('sending')
  await cloud.restart()
  // Wait until the timer has read the complaint's history. On a busy machine it needs more than one run.
  for (let minutes = 0; minutes < 60 && (await answerOf(id)) === 'sending'; minutes++) await cloud.advance(minute)
  expect(await answerOf(id)).toBe('sent')
  expect(await saidOf(id, 'MERCHANT_RESPONSE')).toEqual(['已补发'])
})

it.each([
  ['', 'BadInput'],
  ['  \n ', 'BadInput'],
  ['好'.repeat(501), 'BadInput'],
  ['a\0b', 'BadInput'],
])('an answer %j is refused', async (text, code) => {
  const input = { id: '1', requestId: 'reply-0009', answer: { what: 'reply', text } }
  expect(codeOf(await adminOf(cloud)('answerComplaint', input))).toBe(code)
})

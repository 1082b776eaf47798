// Tests that no text of 64 KB from an unknown sender blocks a parser. Each text may take 20 ms of processor time on a
// machine of usual speed. On a slower machine the limit is longer, in proportion to the time that a known piece of work
// takes on it.
import * as z from 'zod/mini'
import { adminSchemas } from '../../cloudfunctions/shared/api/admin'
import { contractApi } from '../../cloudfunctions/shared/api/contracts'
import { orderApi } from '../../cloudfunctions/shared/api/orders'
import { payApi } from '../../cloudfunctions/shared/api/pay'
import { exactJsonOf, jsonOf, readFlatJson, readFlatXml, readForm } from '../../cloudfunctions/shared/providers/codecs'
import type { HttpResponse, PaymentRef, RawRequest, RefundInput } from '../../cloudfunctions/shared/providers/provider'
import { type ProviderFixture, type Truth, testNow, testOpenid, testPaymentNo, testRefundNo } from './contract'
import { boxpayFixture, paymentFixture } from './fixtures/jubao'
import { midasFixture } from './fixtures/midas'
import { paymaxFixture } from './fixtures/paymax'
import { unifiedFixture } from './fixtures/unified'
import { wechatpayFixture } from './fixtures/wechatpay'
import { wisecashierFixture } from './fixtures/wisecashier'

const size = 64 * 1024
const limitMs = 20

const filled = (start: string, piece: string, end = ''): string =>
  start + piece.repeat(Math.ceil((size - start.length - end.length) / piece.length)) + end

const listed = (start: string, piece: (index: number) => string, end: string): string => {
  let text = start
  for (let index = 0; text.length < size - end.length; index += 1) text += piece(index)
  return text + end
}

const pieces = [
  '<![CDATA[',
  '<![CDATA[]]>',
  ']]>',
  ']]',
  '<',
  '<a>',
  '<a></a>',
  '<a/>',
  '</',
  '<?xml ',
  '<!--',
  '<!DOCTYPE [',
  ' a="b"',
  ' a',
  '&',
  '&amp;',
  '=',
  'a=1&',
  '%',
  '%2',
  '%e4',
  '+',
  '{',
  '[',
  '{"a":',
  '[{"a":[',
  '"',
  '\\"',
  '\\',
  '"a":1,',
  '1,',
  '""',
  ' ',
  '\n',
  '\r',
  '\t',
  '0',
  '9',
  '-',
  '1e',
  '.',
  ',',
  ',`',
  '`',
  'a',
  'A9_.-',
  '中',
  '\u0000',
  '\u{1f600}',
  '\ufeff',
]
const frames: [start: string, end: string][] = [
  ['', ''],
  ['', '!'],
  ['<xml>', '</xml>'],
  ['<xml><a>', '</a></xml>'],
  ['<xml><a><![CDATA[', ']]></a></xml>'],
  ['<xml ', '></xml>'],
  ['<?xml ', '?><xml></xml>'],
  ['{', '}'],
  ['{"a":', '}'],
  ['{"a":"', '"}'],
  ['{"a":[', ']}'],
  ['[', ']'],
  ['a=', '&sign=b'],
  ['{"data":"', '","sign":"a"}'],
]

const texts: [name: string, text: string][] = [
  ...frames.flatMap(([start, end]) =>
    pieces.map((piece): [string, string] => [`${start}${JSON.stringify(piece)}…${end}`, filled(start, piece, end)]),
  ),
  ['nested arrays', `{"a":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}`],
  ['nested objects', `${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`],
  ['nested tags', `<xml>${'<a>'.repeat(size / 7)}${'</a>'.repeat(size / 7)}</xml>`],
  ['many fields of JSON', listed('{', (index) => `"f${index}":"v",`, '"z":"v"}')],
  ['many numbers in JSON', listed('{', (index) => `"n${index}":${index},`, '"z":1}')],
  ['many arrays in JSON', listed('{', (index) => `"l${index}":[[],[]],`, '"z":[]}')],
  ['numbers as names', listed('{', (index) => `"${index * 1_000_003}":1,`, '"z":1}')],
  ['one name again and again', filled('{', '"a":1,', '"a":1}')],
  ['many fields of a form', listed('', (index) => `f${index}=v&`, 'z=v')],
  ['many fields of XML', listed('<xml>', (index) => `<f${index}>v</f${index}>`, '</xml>')],
  ['many CDATA fields of XML', listed('<xml>', (index) => `<f${index}><![CDATA[v]]></f${index}>`, '</xml>')],
  [
    'a bill of many titles and many lines',
    `payment_no,amount,${filled('', 't,').slice(0, size / 2)}\n${filled('', 'x\n').slice(0, size / 2)}`,
  ],
  [
    'a statement of many titles and many lines',
    `订单日期,付款时间,${filled('', 't,').slice(0, size / 2)}\n${filled('', '20260701,20260701120000\n').slice(0, size / 2)}总交易单数`,
  ],
  ['a bill of many backticks', `交易时间,商品名称\n${filled('', ',`').slice(0, size)}\n总交易单数`],
]

/**
 * The shortest processor time of five runs, in ms; stops early at a run of at most `enoughMs`. The minimum leaves out
 * other work and garbage collection.
 */
async function costOf(run: () => unknown, enoughMs = limitMs): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5 && best > enoughMs; round += 1) {
    const before = process.cpuUsage()
    try {
      await run()
    } catch {
      // The parser may refuse the text, because only the time counts.
    }
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}

// How long plain work on the same 64 KB takes on the machine for which the limit was set, in ms.
const usualMs = 1
const known = JSON.stringify(Array.from({ length: size / 16 }, (_, index) => `word ${index % 1000}`))
const knownWork = () => {
  let sum = 0
  for (let index = 0; index < known.length; index += 1) sum = (sum * 31 + known.charCodeAt(index)) | 0
  for (const word of JSON.parse(known) as string[]) sum += word.replace(/o/g, '0').length
  return sum
}

/** How many times slower than usual this machine is at the moment; at least 1. */
async function slowness(): Promise<number> {
  return Math.max(1, (await costOf(knownWork, 0)) / usualMs)
}

async function slowOnes(run: (text: string) => unknown, some = texts): Promise<string[]> {
  const slow: string[] = []
  for (const [name, text] of some) {
    let ms = await costOf(() => run(text))
    // The machine may have been slow in all of these rounds and fast again now. So measure the text and the known work
    // side by side, several times.
    for (let pause = 10; pause < 2_000 && ms > limitMs; pause *= 2) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      ms = Math.min(ms, (await costOf(() => run(text))) / (await slowness()))
    }
    if (ms > limitMs) slow.push(`${name}: ${Math.round(ms)} ms`)
  }
  return slow
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text)

describe('no text of 64 KB costs 20 ms', () => {
  it.each<[string, (text: string) => unknown]>([
    ['readFlatXml', (text) => readFlatXml(bytesOf(text))],
    ['readFlatJson', (text) => readFlatJson(bytesOf(text))],
    ['readForm', (text) => readForm(bytesOf(text))],
    ['jsonOf', (text) => jsonOf(bytesOf(text))],
    ['exactJsonOf', (text) => exactJsonOf(bytesOf(text))],
  ])('in %s', async (_, read) => {
    expect(await slowOnes(read)).toEqual([])
  })

  const payment = (fixture: ProviderFixture<object>): PaymentRef => ({
    paymentNo: testPaymentNo,
    theirNo: fixture.theirNo,
    channel: fixture.channel,
    amountFen: 1288,
    currency: fixture.currency,
    openid: testOpenid,
    createdAt: testNow - 60_000,
    now: testNow,
  })
  const truthOf = (fixture: ProviderFixture<object>): Truth => ({
    word: Object.keys(fixture.noticeWords ?? fixture.paymentWords)[0] ?? '',
    refundWord: Object.keys(fixture.refundWords ?? {})[0] ?? '',
    amount: Object.keys(fixture.amounts.whole)[0] ?? '',
    refundAmount: Object.keys(fixture.amounts.whole)[0] ?? '',
    paymentNo: testPaymentNo,
    refundNo: testRefundNo,
    theirNo: fixture.theirNo,
    currency: fixture.currency,
    openid: testOpenid,
    now: testNow,
    refuses: null,
  })

  const fixtures = [
    boxpayFixture,
    paymentFixture,
    midasFixture,
    paymaxFixture,
    unifiedFixture,
    wechatpayFixture,
    wisecashierFixture,
  ] as unknown as ProviderFixture<object>[]
  const each = fixtures.map((fixture, index) => [`${fixture.definition.code} (${index})`, fixture] as const)
  const unreached = () => Promise.reject(new Error('nothing is sent'))
  const settingsOf = (fixture: ProviderFixture<object>) => fixture.definition.settings.parse(fixture.settings)

  it.each(each)('in a notification of %s: body, headers, query', async (_, fixture) => {
    const provider = fixture.definition.create(settingsOf(fixture), unreached)
    const notice = fixture.paymentNotice(fixture.settings, truthOf(fixture))
    const read = (changes: Partial<RawRequest>) => provider.parseNotice({ ...notice, ...changes }, testNow)
    expect(await slowOnes((text) => read({ body: bytesOf(text) }))).toEqual([])
    const every = (fields: Record<string, string>, text: string) =>
      Object.fromEntries(Object.keys(fields).map((name) => [name, text.slice(0, size / 4)]))
    const plain = texts.slice(0, pieces.length * 2)
    expect(await slowOnes((text) => read({ headers: every(notice.headers, text) }), plain)).toEqual([])
    expect(await slowOnes((text) => read({ query: every(notice.query, text) }), plain)).toEqual([])
  })

  it.each(each)('in a reply of %s to a query, a payment, a refund, a bill', async (_, fixture) => {
    const truth = truthOf(fixture)
    let reply: HttpResponse
    const provider = fixture.definition.create(settingsOf(fixture), async () => reply)
    const paymentRef = payment(fixture)
    const refund: RefundInput = {
      payment: paymentRef,
      refundNo: testRefundNo,
      theirRefundNo: null,
      amountFen: 1288,
      reason: 'not wanted',
      noticeUrl: 'https://shop.example.com/notify/x',
      now: testNow,
    }
    const calls: (() => unknown)[] = [
      () => provider.query(paymentRef),
      () =>
        provider.prepare({
          ...paymentRef,
          theirNo: null,
          title: 'tea',
          noticeUrl: refund.noticeUrl,
          expiresAt: testNow + 60_000,
        }),
      () => provider.refund?.(refund),
      () => provider.bill?.('2026-06-30', testNow),
    ]
    for (const call of calls)
      expect(
        await slowOnes((text) => {
          reply = fixture.sealReply?.(200, text, truth) ?? {
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: bytesOf(text),
          }
          return call()
        }),
      ).toEqual([])
  })

  it('in requests of the phone and of connected systems: every field of every action', async () => {
    const plain = texts.slice(0, pieces.length * 2)
    const apis: Record<string, z.ZodMiniType> = { ...orderApi, ...contractApi, ...payApi, ...adminSchemas }
    const fieldsOf = (schema: z.ZodMiniType): string[] =>
      Object.keys((schema as { def?: { shape?: object } }).def?.shape ?? {})
    for (const schema of Object.values(apis)) {
      const fields = fieldsOf(schema)
      expect(
        await slowOnes((text) => z.safeParse(schema, Object.fromEntries(fields.map((field) => [field, text]))), plain),
      ).toEqual([])
    }
  })
})

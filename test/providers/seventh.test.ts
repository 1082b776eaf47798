// Tests that a new provider needs only the three files of docs/custom-provider.md and its lines in the registry. The
// settings page then shows the provider, the phone offers it, and a shopper can pay with it.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildSync } from 'esbuild'
import type * as Registry from '../../cloudfunctions/shared/providers'
import type * as Editor from '../../cloudfunctions/shared/runtime/settingsEditor'
import { readSettingsKeys } from '../../cloudfunctions/shared/store/settings'
import { createMemoryDatabase } from '../support/fakes/memoryDatabase'
import { read } from '../support/markdown'

const root = path.resolve(__dirname, '../..')
const registry = 'cloudfunctions/shared/providers/index.ts'
const entry = 'cloudfunctions/entry.ts'

let copy = ''
const touched: string[] = []
let built: typeof Registry & typeof Editor

const write = (file: string, text: string): void => {
  fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true })
  fs.writeFileSync(path.join(copy, file), text)
  touched.push(file)
}

beforeAll(() => {
  copy = fs.mkdtempSync(path.join(os.tmpdir(), 'seventh-'))
  for (const folder of ['cloudfunctions', 'miniprogram/rules'])
    fs.cpSync(path.join(root, folder), path.join(copy, folder), { recursive: true })
  const [sign = '', wire = '', index = ''] = [...read('docs/custom-provider.md').matchAll(/^```ts\n(.*?)^```$/gms)].map(
    ([, code = '']) => code,
  )
  const files = { 'sign.ts': sign, 'wire.ts': wire, 'index.ts': index }
  for (const [name, text] of Object.entries(files)) write(`cloudfunctions/shared/providers/example/${name}`, text)
  write(
    registry,
    `import { example } from './example'\n${read(registry).replace('ProviderDefinition[] = [', 'ProviderDefinition[] = [example, ')}`,
  )
  fs.writeFileSync(
    path.join(copy, entry),
    "export * from './shared/providers'\nexport * from './shared/runtime/settingsEditor'\n",
  )
  const outfile = path.join(copy, 'built.cjs')
  buildSync({
    entryPoints: [path.join(copy, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    nodePaths: [path.join(root, 'node_modules')],
    tsconfigRaw: {},
  })
  built = jest.requireActual(outfile)
})
afterAll(() => fs.rmSync(copy, { recursive: true, force: true }))

test('a new provider touches at most five files of the product, all of them in one folder', () => {
  expect(touched.length).toBeLessThanOrEqual(5)
  expect(touched.every((file) => file.startsWith('cloudfunctions/shared/providers/'))).toBe(true)
})

test('staff read its name and those of its settings, and can save them', async () => {
  expect(built.providerNames.get('example')).toEqual({
    zh: '示例支付',
    en: 'Example Pay',
    fields: {
      baseUrl: { zh: '接口地址', en: 'API address' },
      merchant: { zh: '商户号', en: 'Merchant number' },
      secret: { zh: '商户密钥', en: 'Merchant key' },
    },
  })
  const keys = readSettingsKeys([Buffer.alloc(32, 7).toString('base64')])
  const editor = built.createSettingsEditor(createMemoryDatabase(), keys, () => Promise.reject(new Error('no network')))
  const settings = { baseUrl: 'https://api.example.com', merchant: 'tea-house', secret: 'a-secret-of-a-merchant' }
  const saved = { code: 'example', version: null, enabled: true, fields: settings, now: 1_767_000_000_000 }
  await expect(editor.save({ ...saved, fields: { ...settings, merchant: 7 } })).rejects.toThrow('merchant')
  await editor.save(saved)
  const view = (await editor.list()).find(({ code }) => code === 'example')
  expect(view).toMatchObject({ isOn: true, problem: null })
  expect(view?.fields.map(({ name, isSecret, value }) => [name, isSecret, value])).toEqual([
    ['baseUrl', false, 'https://api.example.com'],
    ['merchant', false, 'tea-house'],
    ['secret', true, null],
  ])
})

test('it takes a payment under the settings that were saved', async () => {
  const asked: unknown[] = []
  const provider = built
    .findProvider('example')
    ?.create(
      { baseUrl: 'https://api.example.com', merchant: 'tea-house', secret: 'a-secret-of-a-merchant' },
      async (request) => {
        asked.push(JSON.parse(String(request.body)))
        const body = Buffer.from(JSON.stringify({ code: 'OK', jsapi: { timeStamp: '1' }, pay_no: 'T1' }))
        return { status: 200, headers: {}, body }
      },
    )
  const payment = { paymentNo: 'P1', theirNo: null, channel: 'jsapi', amountFen: 1_250, currency: 'CNY' }
  const prepared = await provider?.prepare({
    ...payment,
    openid: 'shopper',
    title: 'Jasmine tea',
    noticeUrl: 'https://shop.example.com/notify/example',
    createdAt: 0,
    expiresAt: 60_000,
    now: 0,
  })
  expect(prepared).toEqual({ payInfo: '{"timeStamp":"1"}', theirNo: 'T1' })
  expect(asked).toEqual([expect.objectContaining({ order_no: 'P1', amount: 1_250, currency: 'CNY' })])
})

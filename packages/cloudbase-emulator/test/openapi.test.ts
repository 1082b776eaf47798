// Tests calls of cloud.openapi: the emulator reads the real SDK's messages, the embedding program answers in WeChat's
// place, and a function needs the permission in its config.json.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { builtFunctions, type LocalCloud, pointSdkAt, removeFolders, startLocalCloud } from './localCloud'
import { cloud, type Fields, type SdkError } from './sdk'

interface Api {
  wxa: { sec: { order: { getOrder(data: Fields): Promise<Fields> } } }
}
const openapi = (cloud as unknown as { openapi(options: { convertCase: boolean }): Api }).openapi

let local: LocalCloud
let answer: Fields = {}
const asked: [api: string, data: Fields][] = []

beforeAll(async () => {
  local = await startLocalCloud({
    onOpenapi: async (api, data) => {
      asked.push([api, data])
      return answer
    },
  })
  cloud.init({ env: 'local' })
})
beforeEach(() => {
  asked.length = 0
  answer = {}
  pointSdkAt(local.emulator.adminUrl)
})
afterAll(async () => {
  await local.end()
  removeFolders()
})

const data = {
  order_key: { transaction_id: '42' },
  text: '茉莉花茶 “50 克”\r\n--',
  list: [1, { a: true }],
  none: null,
  big: 'x'.repeat(300),
}
const called = (): Promise<Fields> => openapi({ convertCase: false }).wxa.sec.order.getOrder(data)

test('every value arrives as the function passed it, and the answer comes back', async () => {
  answer = { errcode: 0, errmsg: 'ok', order: { order_state: 2, goods_desc: '茶' } }
  expect(await called()).toEqual({
    order: { order_state: 2, goods_desc: '茶' },
    errMsg: 'openapi.wxa.sec.order.getOrder:ok',
    errCode: 0,
  })
  expect(asked).toEqual([['wxa.sec.order.getOrder', data]])
})

test('an error code of WeChat’s is thrown with its number', async () => {
  answer = { errcode: 10060001, errmsg: '支付单不存在' }
  const error = await called().catch((thrown: SdkError) => thrown)
  expect(error).toMatchObject({ errCode: 10060001, errMsg: expect.stringContaining('支付单不存在') })
})

test('a function without the permission is refused, and a function with the permission is not', async () => {
  pointSdkAt(`${local.emulator.adminUrl}/echo-1`)
  expect(await called().catch((thrown: SdkError) => thrown)).toMatchObject({ errCode: -604101 })
  expect(asked).toEqual([])
  const folder = join(await builtFunctions(), 'allowed')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ permissions: { openapi: ['wxa.sec.order.getOrder'] } }))
  pointSdkAt(`${local.emulator.adminUrl}/allowed-1`)
  await called()
  expect(asked).toHaveLength(1)
})

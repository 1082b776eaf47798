// Tests OpenMidas.signContract from the phone to WeChat's signing page. Midas's server gives the parameters for the
// page.
import { type FakeWx, requireOpenMidas } from '../sdk/phone'
import { createMerchant, type Merchant, offerId } from './merchant'

const openid = 'oMiniCashier_shopper_A_0000'

interface Ended {
  /** the arguments of the error callback */
  refused?: [resultCode: number, innerCode: string]
  /** what WeChat's page returned to the app */
  page?: Record<string, string> | undefined
  jump?: { appId: string; extraData: Record<string, unknown> }
}

function signOnPhone({ sandbox }: Merchant, params: { appId: string; userId: string }, scenario?: string) {
  return new Promise<Ended>((resolve) => {
    const wx: FakeWx = {
      getDeviceInfo: () => ({ platform: 'ios' }),
      getAppBaseInfo: () => ({ version: '8.0.50' }),
      async request({ url, data, success, fail }) {
        const answer = await sandbox.handle('midas', {
          method: 'POST',
          path: new URL(url).pathname,
          query: new URLSearchParams(),
          headers: {},
          body: Buffer.from(JSON.stringify(data)),
        })
        if (answer === 'reset') fail({ errMsg: 'request:fail' })
        else success({ statusCode: answer.statusCode, data: JSON.parse(answer.body) })
      },
      navigateToMiniProgram({ appId, extraData, success }) {
        success()
        const page = sandbox.sign(extraData, openid, scenario).referrerInfo?.extraData
        resolve({ page, jump: { appId, extraData } })
      },
    }
    const sdk = requireOpenMidas(wx)
    sdk.openMidasConfig.hosts.test = 'http://sandbox.test'
    sdk.init('test')
    sdk.signContract(params, (resultCode, innerCode) => resolve({ refused: [resultCode, innerCode] }))
  })
}

let merchant: Merchant
const wechatpay = { appId: 'wx1234567890abcdef', mchId: '1900000109', apiV2Key: 'k'.repeat(32) }
const midas = { baseUrl: 'http://x', offerId, offerKey: 'unused', privateKey: 'unused' }
beforeEach(() => {
  merchant = createMerchant({
    settings: (code) => (code === 'wechatpay' ? wechatpay : code === 'midas' ? midas : undefined),
  })
})
afterEach(() => merchant.close())

const person = { appId: offerId, userId: 'user00001' }

it('Midas’s host signs, WeChat’s page accepts the signature, and a person who has signed gets −101', async () => {
  const first = await signOnPhone(merchant, person)
  expect(first.jump?.appId).toBe('wxbd687630cd02ce1d')
  expect(first.page).toMatchObject({ return_code: 'SUCCESS' })
  expect((await signOnPhone(merchant, person)).refused?.[0]).toBe(-101)
  // Midas, not the merchant, owns this contract, so Midas sends the merchant no notification about it.
  await merchant.advance(60_000)
  expect(merchant.received).toEqual([])
})

it('a person who refused on the page may sign later, and one who ended the contract in WeChat may sign again', async () => {
  expect((await signOnPhone(merchant, person, 'refuse')).page).toMatchObject({ return_code: 'FAIL' })
  const { jump } = await signOnPhone(merchant, person)
  expect(merchant.sandbox.terminate(String(jump?.extraData.contract_code))).toBe(true)
  const again = await signOnPhone(merchant, person)
  expect(again.page).toMatchObject({ return_code: 'SUCCESS' })
  expect(again.jump?.extraData.contract_code).not.toBe(jump?.extraData.contract_code)
})

it.each([
  ['another app', { appId: 'TC999999', userId: 'user00001' }],
  ['no person', { appId: offerId, userId: '用户' }],
])('%s: refused by the host, no page opens', async (_, params) => {
  expect(await signOnPhone(merchant, params)).toMatchObject({ refused: [-1, expect.any(String)] })
})

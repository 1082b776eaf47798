// Tests the extra rules for settings in a real environment, where real money moves. The local cloud accepts all that
// its fake servers accept.
import { generateKeyPairSync } from 'node:crypto'
import { findProvider } from '../../cloudfunctions/shared/providers'
import { checkReal, isPublicHost } from '../../cloudfunctions/shared/runtime/realSettings'
import { shopSchema } from '../../cloudfunctions/shared/runtime/settingsSchema'
import { twins } from '../../tools/sandbox/twins'
import { seededAccount } from '../../tools/sandbox/wechat/wechatAccount'

const newKey = (modulusLength: number): string =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const midas = {
  baseUrl: 'https://api.openmidas.com',
  offerId: '1450001234',
  offerKey: 'k'.repeat(32),
  privateKey: newKey(2_048),
}

function broken(code: string, fields: object): unknown {
  const schema = code === 'shop' ? shopSchema : findProvider(code)?.settings
  if (!schema) throw new Error(`no ${code}`)
  try {
    checkReal({ code, schema, leastKeyBits: findProvider(code)?.leastKeyBits }, fields as Record<string, unknown>)
    return []
  } catch (error) {
    return (error as { details: unknown }).details
  }
}

it('settings that are complete and safe are accepted', () => {
  expect(broken('midas', midas)).toEqual([])
  expect(broken('shop', { publicUrl: 'https://shop.tea-house.cn', orderMinutes: 30 })).toEqual([])
})

it.each([
  ['baseUrl', { baseUrl: 'http://api.openmidas.com' }, 'https'],
  ['baseUrl', { baseUrl: 'https://127.0.0.1:7300/sandbox/midas' }, 'publicHost'],
  ['baseUrl', { baseUrl: 'https://user:word@api.openmidas.com' }, 'publicHost'],
  ['offerKey', { offerKey: 'short' }, 'tooShort'],
  ['offerId', { offerId: '1450009001' }, 'sandbox'],
  ['privateKey', { privateKey: newKey(1_024) }, 'keySize'],
])('%s is refused by its rule, and the message repeats nothing of it', (field, change, rule) => {
  expect(broken('midas', { ...midas, ...change })).toEqual([{ field, rule }])
  try {
    const schema = findProvider('midas')?.settings
    if (schema) checkReal({ code: 'midas', schema }, { ...midas, ...change })
  } catch (error) {
    for (const value of Object.values(change)) expect(String(error)).not.toContain(value)
  }
})

it.each([
  ['apiUrl', { apiUrl: 'https://10.0.0.1' }, 'publicHost'],
  ['appSecret', { appSecret: 'short' }, 'tooShort'],
  ['appId', { appId: 'wx0000000000000000' }, 'sandbox'],
])('%s of the official account is refused by its rule', (field, change, rule) => {
  const officialAccount = { appId: 'wx0123456789abcdef', appSecret: 's'.repeat(32) }
  const shop = { publicUrl: 'https://shop.tea-house.cn', officialAccount }
  expect(broken('shop', shop)).toEqual([])
  expect(broken('shop', { ...shop, officialAccount: { ...officialAccount, ...change } })).toEqual([
    { field: `officialAccount.${field}`, rule },
  ])
})

it.each(twins.map((twin) => [twin.provider, twin] as const))(
  'settings of the sandbox’s %s are refused with every address',
  (code, { seed }) => {
    const rules = broken(code, seed('https://api.tea-house.cn')) as { rule: string }[]
    expect(rules.map(({ rule }) => rule)).toContain('sandbox')
  },
)

it('the sandbox’s official account is refused', () => {
  const officialAccount = seededAccount('https://api.tea-house.cn')
  const [problem] = broken('shop', { publicUrl: 'https://shop.tea-house.cn', officialAccount }) as object[]
  expect(problem).toEqual({ field: 'officialAccount.appId', rule: 'sandbox' })
})

it('each platform certificate of WeChat Pay has a key of sufficient length', () => {
  const wechatpay = (...bits: number[]) => ({
    baseUrl: 'https://api.mch.weixin.qq.com',
    platformCertificates: Object.fromEntries(bits.map((size, index) => [`AB${index}`, newKey(size)])),
  })
  expect(broken('wechatpay', wechatpay(2_048, 2_048))).toEqual([])
  expect(broken('wechatpay', wechatpay(2_048, 1_024))).toEqual([{ field: 'platformCertificates', rule: 'keySize' }])
})

it('Paymax may have keys of 1024 bits, as its own document shows', () => {
  const paymax = {
    baseUrl: 'https://www.paymax.cc/merchant-api',
    app: 'app_7hqF2S6GYXET457i',
    secretKey: 's'.repeat(32),
    privateKey: newKey(1_024),
  }
  expect(broken('paymax', paymax)).toEqual([])
})

it.each([
  'localhost',
  'pay',
  'printer.local',
  'metadata.google.internal',
  'metadata.tencentyun.com',
  'router.home.arpa',
  'pay.localdomain',
  'pay.private',
  'pay.example.com',
  'pay.onion',
  'PAY.Example.COM.',
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.1.2.3',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.1.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::ffff:10.0.0.1]',
  '[fe80::1]',
  '[fd00::1]',
  '[2001:db8::1]',
  '[64:ff9b::7f00:1]',
])('%s is not on the public Internet', (host) => {
  expect(isPublicHost(host)).toBe(false)
})

it.each(['2130706433', '0x7f.1', '017700000001', '127.1'])('%s is this machine, in whatever form', (host) => {
  expect(isPublicHost(new URL(`https://${host}/`).hostname)).toBe(false)
})

it.each([
  'api.openmidas.com',
  'api.mch.weixin.qq.com',
  'pay.myexample.com',
  'tencentyun.com.cn',
  '8.8.8.8',
  '[2400:3200::1]',
])('%s is allowed', (host) => {
  expect(isPublicHost(host)).toBe(true)
})

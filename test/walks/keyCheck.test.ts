// Tests the check of WeChat Pay's keys in Chromium. The check has three parts: our signature, WeChat's signature, and
// WeChat's call to our webhook. For each part the page shows the result and what to correct. The page waits for
// WeChat's call, and says so if no call comes.
import type { SettingsView } from '../../cloudfunctions/shared/api/admin'
import { readSettings } from '../../cloudfunctions/shared/store/settings'
import { localPlace } from '../../tools/settingsPlace'
import { adminOf } from '../support/adminCall'
import { type AdminWalk, openAdmin, screens } from '../support/browser/adminWalk'
import { openStage, type Stage } from '../support/browser/walk'
import { dataOf } from '../support/startCloud'

let stage: Stage
let apiV3Key: unknown
let publicUrl: unknown
beforeAll(async () => {
  stage = await openStage()
  const place = await localPlace(stage.cloud.dataDir)
  const all = await readSettings(place.db, place.keys)
  apiV3Key = (all.get('wechatpay')?.fields as { apiV3Key: unknown } | undefined)?.apiV3Key
  publicUrl = (all.get('shop')?.fields as { publicUrl: unknown } | undefined)?.publicUrl
  await place.close()
}, 240_000)
afterAll(() => stage.close())

const texts = {
  zh: {
    test: '测试连接',
    key: '通过，商户私钥和证书序列号正确',
    answer: '通过，应答来自支付服务',
    awaited: '等待支付服务回调',
    call: '已收到，内容可以解密',
    fine: '连接成功，设置可用',
    failed: '测试未通过',
    serial: /商户证书序列号/,
    wrongSerial: '未通过，请检查：商户证书序列号、商户号',
    mendFirst: '尚未验证，请先处理上一项',
    sealed: '已收到，但内容无法解密，请检查：APIv3 密钥',
    late: /30 秒内没有收到/,
  },
  en: {
    test: 'Test connection',
    key: 'Accepted. Your private key and certificate serial number are correct',
    answer: 'Correct. The reply came from the provider',
    awaited: 'Waiting for the provider to call',
    call: 'Received, and its content can be decrypted',
    fine: 'Connected. These settings work',
    failed: 'Test failed',
    serial: /Merchant certificate serial number/,
    wrongSerial: 'Rejected. Check: Merchant certificate serial number, Merchant number',
    mendFirst: 'Not checked yet. Fix the item above first',
    sealed: 'Received, but its content can’t be decrypted. Check: APIv3 key',
    late: /Nothing arrived within 30 seconds/,
  },
}

async function stored(code: string): Promise<SettingsView> {
  const found = dataOf(await adminOf(stage.cloud)('settings', {})).settings.find((one) => one.code === code)
  if (!found) throw new Error(`no settings of ${code}`)
  return found
}

async function save(code: string, fields: object): Promise<void> {
  const { version } = await stored(code)
  dataOf(await adminOf(stage.cloud)('saveSettings', { code, version, enabled: true, fields }))
  // Every instance caches the settings for a minute, so wait until all instances have read the new settings.
  await stage.cloud.advance(61_000)
}

const opened = (screen: (typeof screens)[number]): Promise<AdminWalk> =>
  openAdmin(stage, screen, { path: 'provider/index?code=wechatpay', as: 'merchant' })

describe.each(screens)('at $width px in $lang', (screen) => {
  const t = texts[screen.lang]

  it('right settings: the call is awaited and comes; a wrong number is named before it is saved', async () => {
    const owner = await opened(screen)
    await owner.press(t.test)
    for (const words of [t.key, t.answer, t.awaited]) await owner.sees(words)
    await stage.cloud.advance(1_000)
    for (const words of [t.call, t.fine]) await owner.sees(words)
    await owner.field(t.serial).fill('5F'.repeat(20))
    await owner.press(t.test)
    for (const words of [t.wrongSerial, t.mendFirst, t.failed]) await owner.sees(words)
    const wide = await owner.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await owner.end()
  })

  it('a wrong APIv3 key and an address that WeChat cannot reach are reported as different faults', async () => {
    await save('wechatpay', { apiV3Key: 'an-apiv3-key-of-somebody-else-32' })
    const owner = await opened(screen)
    await owner.press(t.test)
    await owner.sees(t.awaited)
    await stage.cloud.advance(1_000)
    await owner.sees(t.sealed)
    await save('wechatpay', { apiV3Key })
    await save('shop', { publicUrl: `${publicUrl}/nowhere` })
    await owner.page.clock.install()
    await owner.press(t.test)
    await owner.sees(t.awaited)
    await owner.page.clock.fastForward(31_000)
    await owner.sees(t.late)
    await save('shop', { publicUrl })
    await owner.end()
  })
})

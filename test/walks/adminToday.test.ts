// Tests the entry to the back office in Chromium, on a phone and on a PC: a person with a code enters by a long press
// in the shop and sees the takings and the cases. A person without a code sees nothing.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { connectDatabase } from '../../tools/cloudDatabase'
import { openAdmin, screens } from '../support/browser/adminWalk'
import { openStage, type Stage, type Walk, walk } from '../support/browser/walk'

const root = resolve(__dirname, '../..')

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

/** The code that `npm run settings -- claim` prints. */
function newCode(): string {
  const args = ['--import', 'tsx', 'tools/settings.ts', 'claim', '--data', stage.cloud.dataDir]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  const [code] = stdout.split('\n')
  if (!code) throw new Error(stderr)
  return code
}

async function paidOrder(): Promise<string> {
  const { orderNo } = await stage.cloud.newOrder()
  await stage.cloud.pay(orderNo)
  await stage.cloud.advance(1_000)
  expect((await stage.cloud.stored(orderNo)).state).toBe('paid')
  return orderNo
}

/** Adds a second payment to an order, so that it has an overpayment. */
async function giveSurplus(orderNo: string): Promise<void> {
  const { adminUrl } = JSON.parse(readFileSync(join(stage.cloud.dataDir, 'running.json'), 'utf8')) as {
    adminUrl: string
  }
  const db = await connectDatabase({ adminUrl })
  const { version } = await stage.cloud.stored(orderNo)
  expect(await db.change<Order>('orders', orderNo, version, { surplusFen: 17_200, version: version + 1 })).toBe(true)
}

async function pressLong(person: Walk, text: string): Promise<void> {
  const target = person.page.getByText(text, { exact: true }).filter({ visible: true }).first()
  await target.hover()
  await person.page.mouse.down()
  await person.page.waitForURL(/pages\/admin\/today/)
  await person.page.mouse.up()
}

const texts = {
  zh: {
    lead: '今日在售',
    door: /仅限本店人员使用/,
    enter: '进入',
    called: '怎么称呼你？',
    save: '保存',
    wrong: /邀请码错误/,
    takings: '今日收款',
    surplus: /笔订单多收款/,
  },
  en: {
    lead: 'Available today',
    door: /This area is for shop staff/,
    enter: 'Continue',
    called: 'What’s your name?',
    save: 'Save',
    wrong: /This code is incorrect/,
    takings: 'Today’s sales',
    surplus: /overpaid, refund needed/,
  },
} as const

it.each(screens)('by a code at $width px in $lang', async (screen) => {
  const t = texts[screen.lang]
  const orderNo = await paidOrder()
  await giveSurplus(orderNo)
  const person = await openAdmin(stage, screen, { as: `oMiniCashier_clerk_${screen.lang}_${screen.width}` })
  await person.sees(t.lead)
  await pressLong(person, t.lead)
  await person.sees(t.door)
  expect(await person.shown.textContent()).not.toMatch(/172|多收|overpaid/)

  const field = person.shown.locator('input').first()
  await field.fill('AAAAA-AAAAA-AAAAA-AAAAA')
  await person.press(t.enter)
  await person.sees(t.wrong)
  await field.fill(newCode())
  await person.press(t.enter)
  await person.sees(t.called)
  await person.shown.locator('input').first().fill('Wang')
  await person.press(t.save)
  await person.sees(t.takings)
  await person.sees(/(172|344|516|688)\.00/)

  await person.act(person.shown.getByRole('link', { name: t.surplus }))
  await person.page.waitForURL(/pages\/admin\/orders\/index\?needs=surplus/)
  await person.sees(new RegExp(orderNo.slice(-8)))
  await person.end()
})

it('the preview’s width is the mini-program’s: a phone in a wide window keeps the phone’s layout', async () => {
  const displayOf = async (width: number, extra: string, phoneOnly: boolean) => {
    const person = await walk(stage, { as: 'merchant', width, extra, phoneOnly })
    await person.page.goto(`${person.page.url().split('#')[0]}#/pages/admin/today/index`)
    await person.page.reload()
    await person.sees('今日收款')
    const columns = person.page.locator('[class*=columns]').filter({ visible: true }).first()
    const display = await columns.evaluate((element) => getComputedStyle(element).display)
    const frame = await person.page.locator('#phone').boundingBox()
    await person.end()
    return { display, width: Math.round(frame?.width ?? 0) }
  }
  expect(await displayOf(1280, '&screen=pc', true)).toEqual({ display: 'grid', width: 1280 })
  expect(await displayOf(1500, '', false)).toEqual({ display: 'block', width: 375 })
})

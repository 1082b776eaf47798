// Tests the pages of exports and of staff. The test gives the server's answers. The page still follows a running export
// after an error, a file is sent to a chat or the page shows its link, and a form that was opened is scrolled into
// view.
import type { AdminResults, ExportView } from '../../../cloudfunctions/shared/api/admin'
import { createPhone, developerText, type OpenPage, type Phone, settle } from '../../support/openPage'

let phone: Phone
let answers: { export: AdminResults['export']; staff: AdminResults['staff'] }
let isDown = false

beforeEach(async () => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  isDown = false
  answers = { export: { exports: [], broken: [], now: Date.now() }, staff: { people: [], invites: [] } }
  phone = createPhone()
  // Open a page first, because the global `wx` exists only after that.
  await phone.open('pages/admin/settings/index')
  const { cloud } = weChat({})
  const others = cloud.callFunction
  cloud.callFunction = async (call) => {
    const { action } = call.data
    if (isDown) throw { errMsg: developerText }
    if (action !== 'export' && action !== 'staff') return others(call)
    return { result: { ok: true, data: structuredClone(answers[action]) } }
  }
})
afterEach(() => jest.clearAllTimers())

interface Cloud {
  callFunction(call: { data: { action: string } }): Promise<unknown>
}

/** Replaces or adds functions of WeChat. */
const weChat = (changes: object): { cloud: Cloud } =>
  Object.assign((globalThis as unknown as { wx: { cloud: Cloud } }).wx, changes)

const running: ExportView = {
  id: 'e1',
  what: 'orders',
  from: '2026-02-01',
  to: '2026-02-28',
  state: 'running',
  progress: 0.4,
  rows: 1_200,
  bytes: 0,
  doneAt: null,
  fileId: null,
  url: null,
  failure: null,
  createdAt: Date.parse('2026-03-01T03:00:00Z'),
  by: '店主',
}
const done: ExportView = { ...running, state: 'done', progress: 1, url: 'https://files.test/e1.csv' }

const openExports = (view: ExportView): Promise<OpenPage> => {
  answers.export = { exports: [view], broken: [], now: Date.now() }
  return phone.open('pages/admin/exports/index')
}

describe('an export', () => {
  test('that is running is followed on after the list could not be read', async () => {
    const page = await openExports(running)
    expect(page.text()).toContain('已完成 40%')
    isDown = true
    await page.pullDown()
    await settle(20_000)
    expect(page.text()).toContain('网络连接中断，正在重试')
    isDown = false
    answers.export = { exports: [done], broken: [], now: Date.now() }
    await settle(20_000)
    expect(page.text()).toContain('已完成')
    expect(page.has('复制链接')).toBe(true)
    expect(page.text()).not.toContain('正在重试')
    await page.leave()
  })

  test('that is done shows when a refresh failed, and does not promise another try', async () => {
    const page = await openExports(done)
    isDown = true
    await page.pullDown()
    await settle(20_000)
    expect(phone.toasts).toEqual(['网络连接超时，请稍后再试'])
    expect(page.text()).not.toContain('正在重试')
  })

  test('that no tap can send shows its link, and is downloaded again after that', async () => {
    const page = await openExports(done)
    let downloads = 0
    weChat({
      downloadFile: ({ success }: { success(file: object): void }) => {
        downloads += 1
        success({ statusCode: 200, tempFilePath: 'wxfile://e1' })
      },
      shareFileMessage: ({ fail }: { fail(error: object): void }) => fail({ errMsg: 'shareFileMessage:fail no tap' }),
    })
    await page.press('发送到聊天')
    expect(phone.toasts).toEqual(['文件已下载，请再次点击发送'])
    await page.press('发送到聊天')
    expect(phone.clipboard).toBe(done.url)
    expect(phone.toasts.at(-1)).toBe('当前无法发送，已复制链接，一小时内有效')
    await page.press('发送到聊天')
    expect(downloads).toBe(2)
  })
})

describe('people', () => {
  const people: AdminResults['staff']['people'] = [
    { staffId: 's1', name: '小王', role: 'operator', refundLimitFen: 20_000, isMe: false, addedAt: 0, sessions: [] },
  ]

  test('are scrolled into view: the form of one of them, and the code of a new one', async () => {
    const sights: object[] = []
    answers.staff = { people, invites: [] }
    const page = await phone.open('pages/admin/staff/index')
    weChat({ pageScrollTo: (place: object) => void sights.push(place) })
    await page.press('修改 小王')
    expect(sights).toEqual([{ selector: '#form' }])
    await page.press('取消')
    await page.press('邀请店员')
    await page.type('称呼', '小李')
    answers.staff = { people, invites: [], code: 'AAAAA-BBBBB-CCCCC-DDDDD' }
    await page.press('生成邀请码')
    expect(page.text()).toContain('AAAAA-BBBBB')
    expect(sights.at(-1)).toEqual({ scrollTop: 0 })
  })
})

// Tests that the shop declares what WeChat's privacy check requires. If the mini-program uses an interface of WeChat's
// list, then docs/privacy.md and the tasks after a deployment must name this interface, and each page that uses the
// interface must contain the consent sheet.
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { tasksByHand } from '../../tools/deploy/byHand'
import { filesOf, read, root } from '../support/markdown'

// From WeChat's page 小程序用户隐私保护指引内容介绍: each kind of personal data, and the interfaces and components that
// handle it.
const handled: readonly [information: string, interfaces: readonly string[]][] = [
  ['昵称、头像', ['open-type="chooseAvatar"', 'type="nickname"', 'wx.getUserInfo', 'wx.getUserProfile']],
  ['位置信息', ['wx.getLocation', 'wx.startLocationUpdate', 'wx.startLocationUpdateBackground', 'wx.getFuzzyLocation']],
  ['选择的位置信息', ['wx.choosePoi', 'wx.chooseLocation']],
  ['地址', ['wx.chooseAddress']],
  ['发票信息', ['wx.chooseInvoiceTitle', 'wx.chooseInvoice']],
  ['微信运动步数', ['wx.getWeRunData']],
  ['手机号', ['open-type="getPhoneNumber"', 'open-type="getRealtimePhoneNumber"']],
  ['车牌号', ['wx.chooseLicensePlate']],
  ['选中的照片或视频信息', ['wx.chooseImage', 'wx.chooseMedia', 'wx.chooseVideo']],
  ['选中的文件', ['wx.chooseMessageFile']],
  ['麦克风', ['wx.startRecord', 'wx.getRecorderManager', 'wx.joinVoIPChat', '<live-pusher']],
  ['摄像头', ['wx.createVKSession', '<camera', '<voip-room']],
  ['蓝牙', ['wx.openBluetoothAdapter', 'wx.createBLEPeripheralServer']],
  ['相册（仅写入）', ['wx.saveImageToPhotosAlbum', 'wx.saveVideoToPhotosAlbum']],
  ['通讯录（仅写入）', ['wx.addPhoneContact']],
  ['日历（仅写入）', ['wx.addPhoneRepeatCalendar', 'wx.addPhoneCalendar']],
  ['加速传感器', ['wx.stopAccelerometer', 'wx.startAccelerometer']],
  ['磁场传感器', ['wx.stopCompass', 'wx.startCompass']],
  ['方向传感器', ['wx.stopDeviceMotionListening', 'wx.startDeviceMotionListening']],
  ['陀螺仪传感器', ['wx.stopGyroscope', 'wx.startGyroscope']],
  ['剪切板', ['wx.setClipboardData', 'wx.getClipboardData']],
]

const own = (pattern: RegExp) =>
  filesOf(pattern).filter((path) => path.startsWith('miniprogram/') && !path.includes('miniprogram_npm'))

const isName = (text: string, name: string): boolean =>
  name.startsWith('wx.') ? new RegExp(`\\b${name.replace('.', '\\??\\s*\\.')}\\b`).test(text) : text.includes(name)

/** The kinds of personal data that a file's code handles. Comments are ignored. */
const informationIn = (path: string): string[] => {
  const text = read(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|<!--[\s\S]*?-->/gm, '')
  return handled.flatMap(([information, names]) => (names.some((name) => isName(text, name)) ? [information] : []))
}

const used = [...new Set(own(/\.(ts|wxml|wxs)$/).flatMap(informationIn))].sort()

describe('the privacy guide', () => {
  it('names exactly what the source uses', () => {
    const rows = [...read('docs/privacy.md').matchAll(/^\| ([^|]+) \| `wx\./gm)].map(([, information]) => information)
    expect(used.length).toBeGreaterThan(0)
    expect(rows.sort()).toEqual(used)
  })

  it('names each interface that is used', () => {
    const calls = own(/\.ts$/).flatMap((path) => {
      const text = read(path)
      return handled.flatMap(([, names]) => names.filter((name) => isName(text, name)))
    })
    for (const name of new Set(calls)) expect(read('docs/privacy.md')).toContain(`\`${name}\``)
  })

  it('is a task after each deployment, with each entry', () => {
    const tasks = tasksByHand('https://shop.example', 'env', [])
    for (const information of used) expect(tasks).toContain(information)
  })
})

describe('the privacy check', () => {
  it('is switched on', () => {
    expect(JSON.parse(read('miniprogram/app.json'))).toMatchObject({ __usePrivacyCheck__: true })
  })

  it('has a sheet on each page that uses one of the interfaces', () => {
    const missing = pages.filter(
      (page) => reaches(page).some((path) => informationIn(path).length > 0) && !hasSheet(page),
    )
    expect(missing).toEqual([])
    expect(pages.filter(hasSheet).length).toBeGreaterThan(2)
  })
})

interface AppConfig {
  pages: string[]
  subPackages: { root: string; pages: string[] }[]
}

const app = JSON.parse(read('miniprogram/app.json')) as AppConfig
const pages = [
  ...app.pages,
  ...app.subPackages.flatMap(({ root: folder, pages: below }) => below.map((page) => `${folder}/${page}`)),
].map((page) => `miniprogram/${page}`)

/** The page or component itself, and our components that it uses, directly or through other components. */
function componentsOf(place: string, found = new Set<string>()): Set<string> {
  if (found.has(place)) return found
  found.add(place)
  const { usingComponents = {} } = JSON.parse(read(`${place}.json`)) as { usingComponents?: Record<string, string> }
  for (const target of Object.values(usingComponents)) {
    const below = target.startsWith('/') ? `miniprogram${target}` : normalize(join(dirname(place), target))
    if (existsSync(join(root, `${below}.json`)) && !below.includes('miniprogram_npm')) componentsOf(below, found)
  }
  return found
}

/** The scripts that a page and its components import, directly or through others. Type imports are ignored. */
function reaches(page: string): string[] {
  const found = new Set<string>()
  const follow = (path: string): void => {
    if (found.has(path)) return
    found.add(path)
    for (const [, target = ''] of read(path).matchAll(/^(?:import (?!type )[^'"]*|\} )from '(\.[^']+)'/gm)) {
      const base = normalize(join(dirname(path), target))
      const file = [`${base}.ts`, `${base}/index.ts`].find((one) => existsSync(join(root, one)))
      if (file?.startsWith('miniprogram/')) follow(file)
    }
  }
  for (const one of componentsOf(page)) follow(`${one}.ts`)
  return [...found]
}

const sheet = 'miniprogram/components/privacy-sheet/index'
const hasSheet = (page: string): boolean =>
  [...componentsOf(page)].some(
    (one) => componentsOf(one).has(sheet) && one !== sheet && read(`${one}.wxml`).includes('<privacy-sheet'),
  )

// Tests that a new list in the back office needs no more than two files of at most forty lines, entries in app.json,
// and a page configuration.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createPhone } from '../support/openPage'

const example = path.join(__dirname, 'fixture/retired')
const files = fs.readdirSync(example)
let root = ''

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'new-list-'))
  fs.cpSync(path.join(__dirname, '../../miniprogram'), root, { recursive: true })
  const page = path.join(root, 'pages/admin/retired')
  fs.mkdirSync(page)
  for (const file of files) {
    const text = fs.readFileSync(path.join(example, file), 'utf8')
    fs.writeFileSync(path.join(page, file), text.replaceAll('../../../../miniprogram/', '../../../'))
  }
  const components = ['shell', 'place', 'rows', 'foot'].map((name) => [name, `../components/${name}/index`])
  const registered = { enablePullDownRefresh: true, usingComponents: Object.fromEntries(components) }
  fs.writeFileSync(path.join(page, 'index.json'), JSON.stringify(registered))
  const app = path.join(root, 'app.json')
  const config = JSON.parse(fs.readFileSync(app, 'utf8')) as { subPackages: [{ pages: string[] }] }
  config.subPackages[0].pages.push('retired/index')
  fs.writeFileSync(app, JSON.stringify(config))
})
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

beforeEach(() => jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') }))
afterEach(() => jest.clearAllTimers())

test('a new list is two files of at most forty lines', () => {
  const lines = files.map((file) => fs.readFileSync(path.join(example, file), 'utf8').trimEnd().split('\n').length)
  expect(files.length).toBeLessThanOrEqual(2)
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(40)
})

const tea = {
  _id: 'tea',
  version: 1,
  title: '茉莉花茶',
  titleEn: 'Jasmine tea',
  note: '',
  noteEn: '',
  priceFen: 1_250,
  currency: 'CNY',
  onSale: false,
  rank: 1,
}

test('a new list says that it is empty, shows its rows, opens a row, and refuses outsiders', async () => {
  const phone = createPhone()
  phone.role = 'viewer'
  const open = () => phone.open('pages/admin/retired/index', {}, root)
  expect((await open()).text()).toContain('没有下架的商品')
  phone.shop.db.put('products', tea)
  phone.shop.db.put('products', { ...tea, _id: 'cup', title: '手作茶杯', onSale: true })
  const page = await open()
  expect(page.text()).toContain('茉莉花茶')
  expect(page.text()).toContain('¥12.50')
  expect(page.text()).not.toContain('手作茶杯')
  await page.press('茉莉花茶')
  expect(phone.went).toEqual(['/pages/admin/product/index?sku=tea'])
  phone.role = 'stranger'
  expect((await open()).text()).toContain('你没有这项权限')
})

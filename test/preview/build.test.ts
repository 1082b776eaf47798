// Tests the preview's warnings about mini-programs in which WeChat would show nothing without any message.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { failOnProblems, formatProblem } from '../../packages/miniprogram-web/src/problems'
import { pageSelector, phoneSelector, phoneUnits } from '../../packages/miniprogram-web/src/wxss'
import { buildPreview } from '../../tools/preview/preview'

const fixture = path.join(__dirname, 'fixture')
let dir: string

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'preview-build-'))
})
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

let count = 0
async function problemsWith(changes: Record<string, string>): Promise<string[]> {
  const root = path.join(dir, `app${count++}`)
  fs.cpSync(fixture, root, { recursive: true })
  for (const [name, text] of Object.entries(changes)) fs.writeFileSync(path.join(root, name), text)
  const { problems } = await buildPreview({ miniprogramRoot: root, outDir: path.join(root, '.out'), dev: true })
  if (problems.some((problem) => problem.severity === 'error')) expect(() => failOnProblems(problems)).toThrow()
  return problems.map(formatProblem)
}

const home = 'pages/home/index'
const detail = 'pages/detail/index'

test('a correct mini-program builds without a warning, TDesign included', async () => {
  const { problems, components, inputs } = await buildPreview({
    miniprogramRoot: fixture,
    outDir: path.join(dir, 'sound'),
    dev: true,
  })
  expect(problems).toEqual([])
  expect(() => failOnProblems(problems)).not.toThrow()
  expect(components).toContain('miniprogram_npm/tdesign-miniprogram/button/button')
  expect(inputs).toContain(path.join(fixture, 'pages/detail/index.ts'))
  const bundle = fs.readFileSync(path.join(dir, 'sound', 'app.js'), 'utf8')
  expect(bundle).not.toContain('tdesign.gtimg.com/icon')
})

test('every defect is reported with its file', async () => {
  const broken = fs.readFileSync(path.join(fixture, `${home}.wxml`), 'utf8')
  const found = await problemsWith({
    'app.json': JSON.stringify({
      pages: [home, 'pages/list/index', detail, 'pages/gone/index'],
      tabBar: { list: [{ pagePath: 'pages/nowhere/index', text: 'Nowhere' }] },
    }),
    [`${home}.wxml`]: `${broken}
<view>{{name.trim()}}</view>
<view>{{goods[0].title.toFixed(2)}}</view>
<t-nothing />
<import src="/templates/gone.wxml" />
<wxs module="lost" src="./lost.wxs" />
<view wx:if="{{ quantity + }}">never</view>`,
    'pages/home/money.wxs': 'let x = 1\nvar s = "\\\\d"\nmodule.exports = { yuan: function () { return x + s } }\n',
    [`${detail}.json`]: '{ "usingComponents": { "t-lost": "tdesign-miniprogram/lost/lost" } }',
    [`${detail}.wxss`]: '@import "./gone.wxss";\n.row { color: red;\n',
    'pages/list/index.json': '{ "usingComponents": {} ',
    'components/greeting/greeting.wxml': '<view><text>unclosed</view>',
  })
  const expected = [
    /^error app\.json page "pages\/gone\/index" not found/,
    /^error app\.json tabBar page "pages\/nowhere\/index" is not in pages/,
    /^error pages\/home\/index\.wxml:\d+:\d+ name\.trim\(…\) .*not a WXS function/,
    /^error pages\/home\/index\.wxml:\d+:\d+ goods\[0\]\.title\.toFixed\(…\)/,
    /^error pages\/home\/index\.wxml:\d+:1 <t-nothing>/,
    /^error pages\/home\/index\.wxml wxml "templates\/gone\.wxml" not found/,
    /^error pages\/home\/index\.wxml wxs "pages\/home\/lost(\.wxs)?" not found/,
    /^error pages\/home\/index\.wxml:27:28 .*expression/,
    /^error pages\/home\/money\.wxs:1:1 WXS is ES5: "let"/,
    /^error pages\/home\/money\.wxs:2:9 .*one backslash/,
    /^error pages\/detail\/index\.json component "tdesign-miniprogram\/lost\/lost" not found/,
    /^error pages\/detail\/index\.wxss:\d+ WXSS: Unclosed block/,
    /^error pages\/list\/index\.json not JSON/,
    /^error components\/greeting\/greeting\.wxml:1:8 missing end tag/,
  ]
  const missing = expected.filter((pattern) => !found.some((problem) => pattern.test(problem)))
  expect({ missing, found: missing.length > 0 ? found : [] }).toEqual({ missing: [], found: [] })
})

test('a missing style sheet, a missing script and a script that is not TypeScript are reported', async () => {
  const style = await problemsWith({ [`${detail}.wxss`]: '@import "./gone.wxss";\n.row { color: red }\n' })
  expect(style).toEqual([
    expect.stringMatching(/^error pages\/detail\/index\.wxss:1 @import "\.\/gone\.wxss" not found/),
  ])
  const script = await problemsWith({ [`${detail}.ts`]: "import { gone } from './gone'\nPage({ data: { gone } })\n" })
  expect(script).toEqual([expect.stringMatching(/^error pages\/detail\/index\.ts:1:\d+ .*\.\/gone/)])
  const syntax = await problemsWith({ [`${detail}.ts`]: 'const x: = 1\n', 'pages/home/money.wxs': 'function ( {' })
  expect(syntax).toEqual([
    expect.stringMatching(/^error pages\/home\/money\.wxs:1 WXS: /),
    expect.stringMatching(/^error pages\/detail\/index\.ts:1:\d+ /),
  ])
})

test('lengths follow the phone’s width and not the window’s', () => {
  expect(phoneUnits('24rpx -1.5rpx 100vh 50vw 3px')).toBe('calc(24*var(--rpx)) calc(-1.5*var(--rpx)) 100cqh 50cqw 3px')
})

test('selectors match what they match in WeChat', () => {
  expect(phoneSelector('view.card > text:first-child', 's1')).toBe('wx-view.s1--card > wx-text:first-child')
  expect(phoneSelector('page')).toBe('.wx-page')
  expect(phoneSelector(':host .a[data-x="b.c"]', 's1')).toBe('[wx-host="s1"] .s1--a[data-x="b.c"]')
})

test('a page’s style has no effect on another page', () => {
  expect(pageSelector('.tick', 'pages/a')).toBe(':where([data-page="pages/a"]) .tick')
  expect(pageSelector('.wx-page', 'pages/a')).toBe('.wx-page:where([data-page="pages/a"])')
})

// Tests that lint enforces the import rules of docs/architecture.md and the rule that time and randomness come from the
// context. Each forbidden line is written into a copy of the folders and must be reported; allowed lines must pass.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')
const shared = 'cloudfunctions/shared'

const forbidden: [path: string, source: string, rule: string][] = [
  // These lines are checked by .dependency-cruiser.cjs.
  [`${shared}/domain/a.ts`, "import { used } from '../store/orders'", 'domain'],
  [`${shared}/domain/b.ts`, "import { used } from 'zod/mini'", 'domain'],
  [`${shared}/domain/orders/a.ts`, "import type { used } from '../../api/orders'", 'domain'],
  [`${shared}/providers/midas/a.ts`, "import { used } from '../jubao/index'", 'provider'],
  [`${shared}/providers/midas/b.ts`, "import { used } from '../../store/orders'", 'provider'],
  [`${shared}/providers/midas/c.ts`, "import { used } from 'node:crypto'", 'provider'],
  [`${shared}/providers/papay/a.ts`, "import { used } from '../wechatpay/index'", 'provider'],
  [`${shared}/providers/midas/e.ts`, "import { used } from '../papay/index'", 'papay-for-wechatpay'],
  [`${shared}/usecases/orders/a.ts`, "import { used } from '../../providers/midas/index'", 'usecases'],
  [`${shared}/usecases/orders/b.ts`, "import { used } from 'wx-server-sdk'", 'usecases'],
  [`${shared}/usecases/orders/c.ts`, "import { used } from '../staff/audited'", 'room-orders'],
  [`${shared}/usecases/settle/a.ts`, "import type { used } from '../contracts/endContract'", 'room-settle'],
  [`${shared}/usecases/a.ts`, "import { used } from './orders/payOrder'", 'no-file-beside-the-rooms'],
  [`${shared}/store/a.ts`, "import { used } from '../usecases/orders/payOrder'", 'store'],
  [`${shared}/store/b.ts`, "import { used } from 'node:crypto'", 'crypto-in-two-places'],
  [`${shared}/api/a.ts`, "import type { used } from '../usecases/orders/payOrder'", 'api'],
  [`${shared}/runtime/a.ts`, "import { used } from 'wx-server-sdk'", 'sdk-in-one-place'],
  [`${shared}/runtime/b.ts`, "import { used } from '../../order/index'", 'one-caller-each'],
  [`${shared}/runtime/d.ts`, "import { used } from '../../../miniprogram/money'", 'functions-take-rules-only'],
  ['miniprogram/rules/a.ts', "import type { used } from '../messages'", 'rules'],
  [`${shared}/runtime/c.ts`, "import { used } from '../../../tools/seed'", 'product-stands-alone'],
  ['cloudfunctions/order/index.ts', "import { used } from '../shared/store/orders'", 'function-entry'],
  ['cloudfunctions/order/actions.ts', "import { used } from '../shared/runtime/serve'", 'function-actions'],
  ['miniprogram/pages/shop/a.ts', "import { used } from 'zod/mini'", 'phone'],
  ['miniprogram/pages/shop/b.ts', "import type { used } from '../../../cloudfunctions/shared/domain/mask'", 'phone'],
  [
    'miniprogram/pages/shop/e.ts',
    "import { used } from '../../../cloudfunctions/shared/api/orders'",
    'phone-takes-types-only',
  ],
  ['miniprogram/pages/shop/d.ts', "import { used } from '../admin/messages'", 'admin-is-a-subpackage'],
  ['miniprogram/openmidas/a.ts', "import { used } from '../messages'", 'openmidas'],
  ['packages/any/src/a.ts', "import { used } from '../../../tools/seed'", 'packages-stand-alone'],
  [`${shared}/domain/circleA.ts`, "import type { used } from './circleB'", 'no-circle'],
  ['tools/lost.ts', "import { used } from './nowhere'", 'no-lost-import'],
  // These lines are checked by biome.json.
  [`${shared}/usecases/orders/p.ts`, 'const used = process.env.CASHIER_KEY', 'noProcessEnv'],
  ['miniprogram/pages/shop/c.ts', 'const used = wx.cloud', 'plugin'],
  // The simulator must control time, randomness and waiting, so product code may not use the global functions.
  [`${shared}/usecases/orders/d.ts`, 'const used = Math.random()', 'plugin'],
  [`${shared}/usecases/orders/e.ts`, 'const used = Date.now()', 'plugin'],
  [`${shared}/usecases/orders/f.ts`, 'const used = setTimeout(() => undefined, 5)', 'noRestrictedGlobals'],
  [`${shared}/usecases/orders/g.ts`, 'const used = globalThis.setTimeout', 'noRestrictedGlobals'],
  [`${shared}/store/c.ts`, 'const used = performance.now()', 'noRestrictedGlobals'],
  [`${shared}/domain/c.ts`, 'const used = new Date()', 'plugin'],
  [`${shared}/domain/d.ts`, 'const used = crypto.randomUUID()', 'noRestrictedGlobals'],
  [`${shared}/providers/midas/d.ts`, 'const used = () => process.hrtime()', 'noRestrictedGlobals'],
  // biome.json also limits the length and the parameters of functions.
  [`${shared}/usecases/h.ts`, 'const used = (a, b, c, d, e) => [a, b, c, d, e]', 'useMaxParams'],
  [`${shared}/usecases/i.ts`, `const used = () => {\n${'void 0\n'.repeat(81)}}`, 'noExcessiveLinesPerFunction'],
  ['tools/i.ts', `const used = () => {\n${'void 0\n'.repeat(81)}}`, 'noExcessiveLinesPerFunction'],
  ['packages/any/src/h.ts', 'const used = (a, b, c, d, e) => [a, b, c, d, e]', 'useMaxParams'],
]

const allowed: [path: string, source: string][] = [
  [`${shared}/domain/ok.ts`, "import { used } from './errors'"],
  [`${shared}/domain/ok3.ts`, "import { used } from '../../../miniprogram/rules/money'"],
  ['miniprogram/pages/shop/ok2.ts', "import { used } from '../../rules/money'"],
  [`${shared}/domain/reports/ok.ts`, "import { used } from '../errors'"],
  [`${shared}/providers/midas/ok.ts`, "import { used } from '../../domain/money'"],
  [`${shared}/providers/midas/ok2.ts`, "import { used } from '../signing'"],
  [`${shared}/providers/midas/ok4.ts`, "import { used } from '../codecs'"],
  [`${shared}/providers/wechatpay/ok.ts`, "import { used } from '../papay/index'"],
  [`${shared}/providers/midas/ok3.ts`, "import { string as used } from 'zod/mini'"],
  [`${shared}/usecases/orders/ok.ts`, "import { used } from '../../store/orders'"],
  [`${shared}/usecases/orders/ok2.ts`, "import { used } from '../settle/settlePayment'"],
  [`${shared}/usecases/orders/ok3.ts`, "import { used } from '../../providers/signing'"],
  [`${shared}/runtime/cloud.ts`, "import { cloud as used } from 'wx-server-sdk'"],
  [`${shared}/runtime/context.ts`, 'const used = process.env.CASHIER_KEY'],
  ['cloudfunctions/notify/index.ts', "import { used } from '../shared/usecases/settle/receiveNotice'"],
  ['miniprogram/pages/shop/ok.ts', "import type { used } from '../../../cloudfunctions/shared/api/orders'"],
  ['miniprogram/pages/admin/today/ok.ts', "import { used } from '../messages'"],
  ['miniprogram/openmidas/platforms/ok.ts', "import { used } from './platform'"],
  ['miniprogram/services/cloud.ts', 'const used = wx.cloud'],
  [`${shared}/domain/ok2.ts`, 'const used = new Date(5).getTime()'],
  [`${shared}/runtime/ok.ts`, 'const used = [Date.now(), Math.random(), performance.now()]'],
]

let found: Map<string, string[]>
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mini-cashier-law-'))
  const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')) as { vcs?: unknown }
  delete config.vcs
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(config))
  cpSync(join(root, 'typings/lint'), join(folder, 'typings/lint'), { recursive: true })
  cpSync(join(root, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const [path, source] of [...forbidden, ...allowed])
    put(path, `${source}\nexport ${source.includes('import type') ? 'type Kept = used' : 'const kept = used'}\n`)
  put(`${shared}/domain/circleB.ts`, "import type { Kept } from './circleA'\nexport type used = Kept\n")
  // Also write the imported files, because a rule depends on the file to which an import leads.
  for (const [path, source] of [...forbidden, ...allowed]) {
    const target = /from '(\..*)'/.exec(source)?.[1]
    if (target === undefined || target === './nowhere') continue
    const file = `${join(dirname(path), target)}.ts`
    if (!existsSync(join(folder, file))) put(file, 'export type used = 1\nexport const used = 1\n')
  }
  found = new Map()
  for (const [path, rule] of [...lintOf(folder), ...brokenIn(folder)])
    found.set(path, [...(found.get(path) ?? []), rule])
}, 300_000)

function lintOf(cwd: string): [path: string, rule: string][] {
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.']
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/biome'), args, { cwd, encoding: 'utf8' })
  const report = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[]
  }
  return report.diagnostics.map(({ category, location }) => [
    typeof location.path === 'string' ? location.path : location.path.file,
    category,
  ])
}

function brokenIn(cwd: string): [path: string, rule: string][] {
  const args = ['--output-type', 'json', 'cloudfunctions', 'miniprogram', 'tools', 'packages']
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/depcruise'), args, { cwd, encoding: 'utf8' })
  const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } }
  return summary.violations.map(({ from, rule }) => [from, rule.name])
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the import law', () => {
  it.each(forbidden)('%s must not contain %s', (path, _, rule) => {
    expect((found.get(path) ?? []).map((name) => name.split('/').at(-1))).toContain(rule)
  })

  it.each(allowed)('%s may contain %s', (path) => {
    expect(found.get(path) ?? []).toEqual([])
  })
})

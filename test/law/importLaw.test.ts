// Lint enforces the import law of docs/architecture.md, and that time and chance come from the context: each forbidden
// line is planted in a copy of the tree's shape, and must be reported there; what the product needs must pass.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')
const shared = 'cloudfunctions/shared'

const forbidden: [path: string, source: string, rule: string][] = [
  [`${shared}/domain/a.ts`, "import { used } from '../store/orders'", 'noRestrictedImports'],
  [`${shared}/domain/b.ts`, "import { used } from 'zod/mini'", 'noRestrictedImports'],
  [`${shared}/providers/midas/a.ts`, "import { used } from '../jubao'", 'noRestrictedImports'],
  [`${shared}/providers/midas/b.ts`, "import { used } from '../../store/orders'", 'noRestrictedImports'],
  [`${shared}/providers/midas/c.ts`, "import { used } from 'node:crypto'", 'noRestrictedImports'],
  [`${shared}/usecases/orders/a.ts`, "import { used } from '../../providers/midas'", 'noRestrictedImports'],
  [`${shared}/usecases/b.ts`, "import { used } from 'wx-server-sdk'", 'noRestrictedImports'],
  [`${shared}/store/a.ts`, "import { used } from '../usecases/orders/payOrder'", 'noRestrictedImports'],
  [`${shared}/store/b.ts`, "import { used } from 'node:crypto'", 'noRestrictedImports'],
  [`${shared}/runtime/a.ts`, "import { used } from 'wx-server-sdk'", 'noRestrictedImports'],
  ['cloudfunctions/order/index.ts', "import { used } from '../shared/store/orders'", 'noRestrictedImports'],
  ['miniprogram/pages/shop/a.ts', "import { used } from 'zod'", 'noRestrictedImports'],
  [
    'miniprogram/pages/shop/b.ts',
    "import { used } from '../../../cloudfunctions/shared/domain/mask'",
    'noRestrictedImports',
  ],
  ['miniprogram/pages/shop/d.ts', "import { used } from '../admin/messages'", 'noRestrictedImports'],
  ['miniprogram/openmidas/a.ts', "import { used } from '../messages'", 'noRestrictedImports'],
  [`${shared}/usecases/c.ts`, 'const used = process.env.CASHIER_KEY', 'noProcessEnv'],
  ['miniprogram/pages/shop/c.ts', 'const used = wx.cloud', 'plugin'],
  // What the simulator must own: time, chance and waiting.
  [`${shared}/usecases/d.ts`, 'const used = Math.random()', 'plugin'],
  [`${shared}/usecases/e.ts`, 'const used = Date.now()', 'plugin'],
  [`${shared}/usecases/f.ts`, 'const used = setTimeout(() => undefined, 5)', 'noRestrictedGlobals'],
  [`${shared}/usecases/g.ts`, 'const used = globalThis.setTimeout', 'noRestrictedGlobals'],
  [`${shared}/store/c.ts`, 'const used = performance.now()', 'noRestrictedGlobals'],
  [`${shared}/domain/c.ts`, 'const used = new Date()', 'plugin'],
  [`${shared}/domain/d.ts`, 'const used = crypto.randomUUID()', 'noRestrictedGlobals'],
  [`${shared}/providers/midas/d.ts`, 'const used = () => process.hrtime()', 'noRestrictedGlobals'],
  // A function is read in one look, and its arguments are told apart.
  [`${shared}/usecases/h.ts`, 'const used = (a, b, c, d, e) => [a, b, c, d, e]', 'useMaxParams'],
  [`${shared}/usecases/i.ts`, `const used = () => {\n${'void 0\n'.repeat(81)}}`, 'noExcessiveLinesPerFunction'],
]

const allowed: [path: string, source: string][] = [
  [`${shared}/domain/ok.ts`, "import { used } from './errors'"],
  [`${shared}/providers/midas/ok.ts`, "import { used } from '../../domain/money'"],
  [`${shared}/providers/midas/ok2.ts`, "import { used } from '../signing'"],
  [`${shared}/providers/midas/ok4.ts`, "import { used } from '../codecs'"],
  [`${shared}/usecases/orders/ok.ts`, "import { used } from '../../store/orders'"],
  [`${shared}/runtime/cloud.ts`, "import { used } from 'wx-server-sdk'"],
  [`${shared}/runtime/context.ts`, 'const used = process.env.CASHIER_KEY'],
  ['cloudfunctions/notify/index.ts', "import { used } from '../shared/usecases/settle/receiveNotice'"],
  ['miniprogram/pages/shop/ok.ts', "import { used } from '../../../cloudfunctions/shared/api/orders'"],
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
  for (const [path, source] of [...forbidden, ...allowed]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${source}\nexport const kept = used\n`)
  }
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.']
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/biome'), args, { cwd: folder, encoding: 'utf8' })
  const report = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[]
  }
  found = new Map()
  for (const { category, location } of report.diagnostics) {
    const path = typeof location.path === 'string' ? location.path : location.path.file
    found.set(path, [...(found.get(path) ?? []), category])
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the import law', () => {
  it.each(forbidden)('%s may not say %s', (path, _, rule) => {
    expect((found.get(path) ?? []).join()).toContain(rule)
  })

  it.each(allowed)('%s may say %s', (path) => {
    expect(found.get(path) ?? []).toEqual([])
  })
})

// Tests what a new developer's machine needs: package-lock.json, the browser, the Node version, and the licences of the
// built functions.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import { nodeOf } from '../../tools/checks/nodeRuntimes'
import { findChromium, fromNpm, quietSwitches } from '../../tools/chromium'

const root = resolve(__dirname, '../..')
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64'

interface Locked {
  resolved?: string
  integrity?: string
  link?: boolean
  optionalDependencies?: Record<string, string>
}
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }

describe('package-lock.json', () => {
  it('has no registry address', () => {
    const addresses = Object.values(lock.packages).flatMap(({ resolved }) => resolved ?? [])
    // The repository's own packages are links to their folders, so they have no download address.
    expect(addresses.filter((address) => !/^packages\/[\w-]+$/.test(address))).toEqual([])
  })

  it('lists the packages of every platform, so that npm install adds none', () => {
    const names = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, '')))
    const wanted = Object.values(lock.packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}))
    expect(wanted.length).toBeGreaterThan(40)
    expect(wanted.filter((name) => !names.has(name))).toEqual([])
  })

  it('has the hash of each package', () => {
    const foreign = Object.entries(lock.packages).filter(([path]) => path !== '' && !path.startsWith('packages/'))
    expect(foreign.filter(([, one]) => !one.link && !one.integrity)).toEqual([])
  })
})

describe('the browser', () => {
  it('is downloaded from npm if none is installed, and can draw Chinese', async () => {
    if (!isLinuxX64) {
      expect(() => findChromium(fromNpm)).toThrow('Linux on x64 only')
      return
    }
    const browser = await chromium.launch({ executablePath: findChromium(fromNpm), args: quietSwitches })
    try {
      const page = await browser.newPage()
      await page.setContent('<p style="font: 32px sans-serif"><span>收银</span><br><span>\u{e000}\u{e000}</span></p>')
      const [glyphs, boxes] = await page.locator('span').all()
      const shown = await glyphs?.screenshot()
      const missing = await boxes?.screenshot()
      expect(shown?.length).toBeGreaterThan(200)
      expect(shown?.equals(missing ?? Buffer.alloc(0))).toBe(false)
    } finally {
      await browser.close()
    }
  })

  it('is named by CHROMIUM, or a message says that the file does not exist', () => {
    expect(findChromium(process.execPath)).toBe(process.execPath)
    expect(() => findChromium('/no/such/browser')).toThrow('/no/such/browser')
  })
})

it('every command refuses Node 18 in one sentence', () => {
  const old = nodeOf('18.15')
  expect(old === undefined).toBe(!isLinuxX64)
  if (old === undefined) return
  for (const tool of ['dev', 'build', 'checks/check', 'checks/test', 'settings', 'sign', 'bench/bench']) {
    const run = spawnSync(old, ['node_modules/tsx/dist/cli.mjs', `tools/${tool}.ts`], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${resolve(old, '..')}:${process.env.PATH ?? ''}` },
    })
    expect([tool, run.status, run.stderr.trim().split('\n')]).toEqual([
      tool,
      1,
      ['Mini Cashier needs Node 20 or newer. This is Node 18.15.0.'],
    ])
  }
})

it('no package puts another Node before the machine’s own', () => {
  expect(readdirSync(join(root, 'node_modules/.bin'))).not.toContain('node')
})

it('each built function has the licences of the packages in it', () => {
  const folder = join(root, 'dist/cloudfunctions')
  const functions = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(functions.length).toBeGreaterThanOrEqual(5)
  for (const { name } of functions) {
    const text = readFileSync(join(folder, name, 'LICENSES.txt'), 'utf8')
    for (const one of ['wx-server-sdk 4.0.2 (', 'zod 4.', 'MIT License']) expect(text).toContain(one)
  }
})

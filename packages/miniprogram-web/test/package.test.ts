// Installs the published package and shows a mini-program of another author, which was not written for this package.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findChromium, quietSwitches } from '../../../tools/chromium'
import { buildWeb } from '../src/build'

const home = join(__dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'miniprogram-web-test-'))
const shop = join(folder, 'shop')
let server: ChildProcess
let url = ''
let browser: Browser
let page: Page

// Copies the packed package into node_modules, as `npm install miniprogram-web` would, but without a registry.
function install(): void {
  const packed = join(folder, 'packed')
  mkdirSync(packed)
  execFileSync('npm', ['pack', '--pack-destination', packed], { cwd: home, stdio: 'pipe' })
  const modules = join(shop, 'node_modules')
  const own = join(modules, 'miniprogram-web')
  mkdirSync(own, { recursive: true })
  execFileSync('tar', ['-xzf', join(packed, readdirSync(packed)[0] ?? ''), '-C', own, '--strip-components', '1'])
  const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const name of Object.keys(dependencies)) symlinkSync(join(home, '../../node_modules', name), join(modules, name))
  // A package for browsers and Node, without a folder for mini-programs.
  const plain = join(modules, 'plain-package')
  mkdirSync(plain)
  writeFileSync(join(plain, 'package.json'), '{ "name": "plain-package", "main": "main.js" }')
  writeFileSync(join(plain, 'main.js'), "module.exports = (name) => 'Hello, ' + name")
}

beforeAll(async () => {
  cpSync(join(__dirname, 'fixtures/shop'), shop, { recursive: true })
  install()
  server = spawn(process.execPath, [join(shop, 'node_modules/miniprogram-web/dist/cli.js'), '--port', '0'], {
    cwd: shop,
  })
  url = await new Promise((ready, fail) => {
    let said = ''
    server.once('exit', () => fail(new Error(said)))
    for (const stream of [server.stdout, server.stderr])
      stream?.on('data', (chunk) => {
        said += chunk
        const found = /ready: (\S+)/.exec(said)?.[1]
        if (found !== undefined) ready(found)
      })
  })
  browser = await chromium.launch({ executablePath: findChromium(), args: [...quietSwitches] })
  page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  await page.goto(url)
})

afterAll(async () => {
  await browser?.close()
  server?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const shown = (selector: string): Promise<string | null> => page.locator(selector).first().textContent()

it('shows scripts of both kinds, a package without a mini-program’s folder, and a WXS module that is a function', async () => {
  expect(await page.title()).toBe("Somebody's shop")
  expect(await shown('#price')).toBe('¥12.50')
  expect(await shown('#greeting')).toBe('Hello, you')
  expect(await shown('#double')).toBe('42')
})

it('gives a WXS handler the component and its state', async () => {
  expect(await page.locator('#look').getAttribute('class')).toContain('seen1')
})

it('shows a placeholder for components that a browser does not have, and for unknown ones', async () => {
  expect(await shown('#map')).toBe('map')
  expect(await shown('gone-part')).toBe('inside')
})

it('shows only the tab bar that the mini-program draws itself, and getTabBar returns it', async () => {
  expect(await page.locator('.host-tabs').isVisible()).toBe(false)
  expect(await shown('.host-page:not([hidden]) #tab0')).toBe('here')
  await page.locator('.host-page:not([hidden]) #tab1').click()
  await page.locator('#mine').waitFor()
  expect(await shown('.host-page:not([hidden]) #tab1')).toBe('here')
})

it('an error that is only a warning in WeChat stops the strict build, but not the usual build', async () => {
  const options = { miniprogramRoot: shop, outDir: join(folder, 'out'), dev: false }
  const errors = async (strict: boolean) =>
    (await buildWeb({ ...options, strict })).problems.filter(({ severity }) => severity === 'error')
  expect(await errors(false)).toEqual([])
  expect((await errors(true)).map(({ message }) => message)).toEqual(
    expect.arrayContaining([
      'page "pages/gone/index" not found',
      'component "gone-parts/part" not found',
      expect.stringContaining('Could not resolve'),
    ]),
  )
})

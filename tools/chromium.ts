// Finds a Chromium for browser tests and screenshots. Tries in this order: the variable CHROMIUM, an installed browser,
// the browser inside an npm package, and Debian's own, which it installs with apt-get.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const root = resolve(__dirname, '..')
const modules = join(root, 'node_modules')

const installedPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

const missing =
  'Chromium is missing. On Debian or Ubuntu: apt-get install -y chromium fonts-noto-cjk. Elsewhere install Chromium or Chrome and set CHROMIUM to its path.'

/** This value of CHROMIUM selects the browser of the npm package, even if another browser is installed. */
export const fromNpm = 'npm'

/**
 * Finds a Chromium that starts on this machine. The first call may unpack a Chromium (about 2 s) or install one.
 * @param wanted a path, `npm` for the browser of the npm package, or undefined for the first browser that is found
 * @returns the path of the browser
 * @throws Error with a sentence that says what to do
 */
export function findChromium(wanted = process.env.CHROMIUM): string {
  if (wanted === fromNpm) {
    const packaged = packagedChromium()
    if (packaged === undefined) throw new Error('The npm package has no Chromium for this machine (Linux on x64 only).')
    return packaged
  }
  if (wanted) {
    if (existsSync(wanted)) return wanted
    throw new Error(`CHROMIUM is set to ${wanted}, and there is no such file.`)
  }
  const found = installedPlaces.find(existsSync) ?? packagedChromium() ?? debianChromium()
  if (found === undefined) throw new Error(missing)
  return found
}

/**
 * The Chromium of @sparticuz/chromium with a font that has Chinese glyphs, unpacked once for each version.
 * @returns undefined if the package has no browser for this machine, or if the browser does not start
 */
function packagedChromium(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  try {
    const { version } = JSON.parse(readFileSync(join(modules, '@sparticuz/chromium/package.json'), 'utf8')) as {
      version: string
    }
    const folder = join(modules, '.cache/mini-cashier', `chromium-${version}`)
    const starter = join(folder, 'start.sh')
    if (!existsSync(starter)) unpack(folder, join(modules, '@embedpdf/fonts-sc/fonts'))
    return canStart(starter) ? starter : undefined
  } catch {
    return undefined
  }
}

// Several test processes may unpack at the same time. Each unpacks into its own folder, and the first one that finishes
// renames its folder to the final name.
function unpack(folder: string, fonts: string): void {
  mkdirSync(dirname(folder), { recursive: true })
  const fresh = mkdtempSync(`${folder}-`)
  try {
    // The package unpacks into TMPDIR. Set the variables of AWS Lambda, because the package then also unpacks shared
    // libraries that a bare Debian lacks.
    const script = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())"
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      env: { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
    })
    if (run.status !== 0) throw new Error(String(run.stderr))
    writeFileSync(
      join(fresh, 'fonts.conf'),
      fontsConf([fonts, join(folder, 'fonts/fonts')], join(folder, 'font-cache')),
    )
    writeFileSync(join(fresh, 'start.sh'), startScript(folder))
    chmodSync(join(fresh, 'start.sh'), 0o755)
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(join(folder, 'start.sh'))) throw error
  }
}

const fontsConf = (folders: readonly string[], cache: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
${folders.map((folder) => `  <dir>${folder}</dir>`).join('\n')}
  <cachedir>${cache}</cachedir>
</fontconfig>
`

const startScript = (folder: string): string => `#!/bin/sh
export LD_LIBRARY_PATH='${folder}/al2023/lib' FONTCONFIG_FILE='${folder}/fonts.conf'
exec '${folder}/chromium' "$@"
`

const canStart = (path: string): boolean => spawnSync(path, ['--version', '--no-sandbox']).status === 0

function debianChromium(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  console.log('No Chromium on this machine and none from npm: installing Debian’s with apt-get.')
  for (const args of [['update'], ['install', '-y', 'chromium', 'fonts-noto-cjk']])
    if (spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) return undefined
  return installedPlaces.find(existsSync)
}

/** Switches that keep a headless Chromium from using the network and from logging about it. */
export const quietSwitches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

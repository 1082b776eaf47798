// Builds the functions of the first release from the repository's own history.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import type { FunctionDeclaration } from '../../packages/cloudbase-emulator/src/functions/declarations'

const root = resolve(__dirname, '../..')
// The last commit of the first release, whose documents have no schema number.
const firstRelease = 'cd0f70aec74b4eaec91bc80deb2707e339420f69'
const names = ['order', 'notify', 'admin', 'timer'] as const

/** The name under which a function of the first release runs beside the new ones. */
export const firstName = (name: (typeof names)[number]): string => `first-${name}`

/** Writes the first release's source code into a folder. @throws if the clone has no history */
function checkOut(folder: string): void {
  try {
    const tar = execFileSync('git', ['archive', firstRelease, 'cloudfunctions', 'miniprogram'], {
      cwd: root,
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    execFileSync('tar', ['x', '-C', folder], { input: tar })
  } catch (cause) {
    throw new Error(
      `This test builds the functions of the first release (commit ${firstRelease}) and needs the repository's whole history: git fetch --unshallow`,
      { cause },
    )
  }
}

/**
 * Adds the functions of the first release to a folder with the built functions of today.
 * @param target a copy of dist/cloudfunctions
 */
async function addFirstRelease(target: string): Promise<void> {
  const source = mkdtempSync(join(tmpdir(), 'mini-cashier-first-release-'))
  try {
    checkOut(source)
    const file = join(target, 'functions.json')
    const declared = JSON.parse(readFileSync(file, 'utf8')) as Record<string, FunctionDeclaration>
    for (const name of names) {
      const own = firstName(name)
      await build({
        entryPoints: [join(source, 'cloudfunctions', name, 'index.ts')],
        outfile: join(target, own, 'index.js'),
        bundle: true,
        platform: 'node',
        target: 'node18',
        format: 'cjs',
        nodePaths: [join(root, 'node_modules')],
        logLevel: 'error',
      })
      writeJson(join(target, own, 'package.json'), { name: own, main: 'index.js' })
      // The first release's functions get no timer here, because a deployment replaces the function `timer` before all others.
      const config = { permissions: { openapi: [] }, timeout: 20, memorySize: 256, triggers: [] }
      writeJson(join(target, own, 'config.json'), config)
      declared[own] = { timeoutSeconds: 20, memoryMb: 256, ...(name === 'notify' && { http: `/${own}` }) }
    }
    writeJson(file, declared)
  } finally {
    rmSync(source, { recursive: true, force: true })
  }
}

const writeJson = (file: string, value: unknown): void => writeFileSync(file, JSON.stringify(value))

/** Makes a folder with the built functions of today and those of the first release. */
export async function bothReleases(folder: string): Promise<string> {
  const target = join(folder, 'functions')
  mkdirSync(target)
  cpSync(join(root, 'dist/cloudfunctions'), target, { recursive: true })
  await addFirstRelease(target)
  return target
}

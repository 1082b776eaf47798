// Runs WeChat's own compilers of WXML and WXSS (wcc and wcsc, from the npm package miniprogram-compiler) over a
// mini-program. WeChat DevTools refuses what they refuse. Part of `npm run check`.
import '../nodeVersion'
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** Whether the package has binaries for this system and processor that we have tried. */
export const hasCompilers = process.platform === 'linux' && process.arch === 'x64'

const compilers = [
  { name: 'wcc', args: ['-d'], ending: '.wxml' },
  { name: 'wcsc', args: ['-lc'], ending: '.wxss' },
] as const

const longestMs = 60_000
const longestOutput = 64 * 1024 * 1024

/**
 * Compiles all WXML and WXSS of a mini-program.
 * @param source the folder of app.json
 * @returns the error output of each compiler that failed
 */
export function compileWithWechat(source: string): string[] {
  const binaries = join(dirname(createRequire(__filename).resolve('miniprogram-compiler/package.json')), 'bin/linux')
  const folder = mkdtempSync(join(tmpdir(), 'wechat-compilers-'))
  try {
    return compilers.flatMap(({ name, args, ending }) => {
      // The npm package lacks the permission to execute wcsc, so set it on a copy.
      const binary = join(folder, name)
      copyFileSync(join(binaries, name), binary)
      chmodSync(binary, 0o755)
      const files = filesOf(source, ending)
      if (files.length === 0) return []
      const options = { cwd: source, encoding: 'utf8', timeout: longestMs, maxBuffer: longestOutput } as const
      const { status, stderr, error } = spawnSync(binary, [...args, ...files], options)
      return status === 0 ? [] : [`${name}: ${(stderr || error?.message || `ended with ${status}`).trim()}`]
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// Leave npm packages out, because we cannot change them and their files exist only after a build.
const filesOf = (source: string, ending: string): string[] =>
  readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith(ending) && !path.startsWith('miniprogram_npm'),
  )

if (process.argv[1] !== undefined && resolve(process.argv[1]) === __filename) {
  if (!hasCompilers) console.log('WeChat’s compilers run on Linux x64 only: nothing was compiled.')
  const problems = hasCompilers ? compileWithWechat(resolve(__dirname, '../../miniprogram')) : []
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}

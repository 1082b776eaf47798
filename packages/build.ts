// npm run build -w <package>: writes the JavaScript and the types of the package in the current folder into dist/,
// ready to be published.
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

const folder = process.cwd()
const dist = join(folder, 'dist')

/** The source files that each package publishes as they are: from src/ to dist/. */
const sources: Record<string, Record<string, string>> = {
  // worker.ts is copied too, because each function instance runs it in a separate process.
  'cloudbase-emulator': { 'functions/worker.ts': 'worker.ts' },
  // The code that runs in the browser is bundled with each mini-program.
  'miniprogram-web': {
    browser: 'browser',
    'builtinTemplates.ts': 'builtinTemplates.ts',
    'config.ts': 'config.ts',
    'problems.ts': 'problems.ts',
  },
}
// Packages that Node's require cannot load become part of the bundle.
const isBundled = (name: string): boolean => name === 'mingo'

async function main(): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  rmSync(dist, { recursive: true, force: true })
  await build({
    entryPoints: ['index', 'cli'].map((name) => join(folder, 'src', `${name}.ts`)),
    outdir: dist,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: Object.keys(dependencies).filter((name) => !isBundled(name)),
    logLevel: 'error',
  })
  for (const [from, to] of Object.entries(sources[basename(folder)] ?? {}))
    cpSync(join(folder, 'src', from), join(dist, to), { recursive: true })
  execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', join(folder, 'tsconfig.json')], {
    stdio: 'inherit',
  })
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})

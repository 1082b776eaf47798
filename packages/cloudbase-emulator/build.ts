// npm run build -w cloudbase-emulator: writes the JavaScript and the types of the published package into dist/.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const dist = join(__dirname, 'dist')

async function main(): Promise<void> {
  rmSync(dist, { recursive: true, force: true })
  await build({
    entryPoints: ['index', 'cli'].map((name) => join(__dirname, 'src', `${name}.ts`)),
    outdir: dist,
    bundle: true,
    splitting: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['croner', 'esbuild', 'libsql', 'zod'],
    logLevel: 'error',
  })
  // Each function instance runs worker.ts in a process of its own, so the package ships the file as source.
  cpSync(join(__dirname, 'src/functions/worker.ts'), join(dist, 'worker.ts'))
  execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', join(__dirname, 'tsconfig.json')], {
    stdio: 'inherit',
  })
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})

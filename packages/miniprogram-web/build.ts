// npm run build -w miniprogram-web: JavaScript and types into dist/, as they are published.
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
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  })
  // The browser's part stays source: it is bundled with each mini-program.
  for (const part of ['browser', 'builtinTemplates.ts', 'config.ts', 'problems.ts'])
    cpSync(join(__dirname, 'src', part), join(dist, part), { recursive: true })
  execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', join(__dirname, 'tsconfig.json')], {
    stdio: 'inherit',
  })
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})

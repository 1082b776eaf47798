// Builds OpenMidas for browsers: openMidas.js for script tags, openMidas.mjs with types for bundlers, the dialog's
// script, and configuration files with the shop's addresses.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

const root = resolve(__dirname, '../..')
const source = join(root, 'miniprogram/openmidas')

const common = {
  bundle: true,
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  // WeChat's browser on phones that are some years old supports ES2020.
  target: 'es2020',
  logLevel: 'error',
} satisfies BuildOptions

/** Bundles a TypeScript file into one script for a script tag. */
export async function scriptOf(file: string, define: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({ ...common, entryPoints: [file], format: 'iife', define, write: false })
  return outputFiles[0]?.text ?? ''
}

/** @param isLocal true: also writes the configuration for the local cloud */
export async function buildOpenMidas(outDir: string, { isLocal = false } = {}): Promise<void> {
  await mkdir(outDir, { recursive: true })
  for (const old of await readdir(outDir)) if (old.startsWith('openMidas')) await rm(join(outDir, old))
  const write = (name: string, text: string) => writeFile(join(outDir, name), text)
  const dialog = await scriptOf(join(source, 'platforms/web/dialogScript.ts'))
  // The file name contains a hash of the content, so that openMidas.js never loads a dialog of another version.
  const dialogFile = `openMidasDialog-${createHash('sha256').update(dialog).digest('hex').slice(0, 12)}.js`
  const script = await scriptOf(join(source, 'platforms/web/script.ts'), {
    openMidasDialogFile: JSON.stringify(dialogFile),
  })
  const types = await readFile(join(source, 'platforms/web/api.ts'), 'utf8')
  await Promise.all([
    write(dialogFile, dialog),
    write('openMidas.js', script),
    // TypeScript looks for openMidas.d.mts beside openMidas.mjs, so write the types under both names.
    write('openMidas.d.ts', types),
    write('openMidas.d.mts', types),
    write('openMidasConfig.shop.js', await scriptOf(join(root, 'web/openMidasConfig.ts'))),
    isLocal &&
      write('openMidasConfig.local.js', await scriptOf(join(root, 'tools/preview/browser/openMidasConfig.ts'))),
    build({
      ...common,
      entryPoints: [{ in: join(source, 'web.ts'), out: 'openMidas' }],
      outdir: outDir,
      format: 'esm',
      splitting: true,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'openMidas-[hash]',
    }),
  ])
}

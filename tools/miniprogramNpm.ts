// Copies the TDesign parts that the mini-program uses into miniprogram/miniprogram_npm, where WeChat DevTools looks for
// them, and measures the package that would be uploaded.
import fs from 'node:fs'
import path from 'node:path'
import esbuild from 'esbuild'
import { type CodePaths, collectComponents, createCodePaths, readJson } from '../packages/miniprogram-web/src/codePaths'
import type { AppConfig } from '../packages/miniprogram-web/src/config'
import { createIconSet } from '../packages/miniprogram-web/src/icons'
import { miniprogramModules, scriptsOf } from '../packages/miniprogram-web/src/modules'
import { failOnProblems, type Problem } from '../packages/miniprogram-web/src/problems'
import { compileTemplates } from '../packages/miniprogram-web/src/wxml'
import { createStyleCompiler } from '../packages/miniprogram-web/src/wxss'

const projectDir = path.resolve(__dirname, '..')
const miniprogramRoot = path.join(projectDir, 'miniprogram')
const libraries = ['tdesign-miniprogram']
// Files that DevTools does not upload, besides TypeScript declarations.
const notUploaded = /(?:\.d\.ts|\.md|\.map|^tsconfig\.json|^\.[^/]*)$/

/** Replaces the folder miniprogram/miniprogram_npm. @throws PreviewProblems when a component is missing */
export async function buildMiniprogramNpm(): Promise<void> {
  const parts = await partsInUse()
  const target = path.join(miniprogramRoot, 'miniprogram_npm')
  const fresh = `${target}.new`
  await fs.promises.rm(fresh, { recursive: true, force: true })
  for (const [place, file] of parts) {
    const copy = path.join(fresh, place)
    await fs.promises.mkdir(path.dirname(copy), { recursive: true })
    await fs.promises.copyFile(file, copy)
  }
  await fs.promises.mkdir(fresh, { recursive: true })
  await fs.promises.rm(target, { recursive: true, force: true })
  await fs.promises.rename(fresh, target)
}

/**
 * The size of the mini-program as WeChat would upload it, in bytes: its own files with TypeScript transpiled, and the
 * npm components in use.
 */
export async function packageSizeBytes(): Promise<number> {
  const names = await fs.promises.readdir(miniprogramRoot, { recursive: true })
  const own = names
    .filter((name) => !name.startsWith('miniprogram_npm') && !notUploaded.test(name))
    .map((name) => path.join(miniprogramRoot, name))
  const files = [...own, ...(await partsInUse()).values()]
  const sizes = await Promise.all(files.map(uploadedSize))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function uploadedSize(file: string): Promise<number> {
  const stat = await fs.promises.stat(file)
  if (!stat.isFile()) return 0
  if (!file.endsWith('.ts')) return stat.size
  const source = await fs.promises.readFile(file, 'utf8')
  const { code } = await esbuild.transform(source, { loader: 'ts', target: 'es2017', format: 'cjs' })
  return Buffer.byteLength(code)
}

/** Maps each place under miniprogram_npm to its file in node_modules. */
export async function partsInUse(): Promise<Map<string, string>> {
  const paths = createCodePaths(miniprogramRoot, path.join(projectDir, 'node_modules'))
  const problems: Problem[] = []
  const app = readJson(path.join(miniprogramRoot, 'app.json')) as AppConfig
  const { components } = collectComponents(paths, app, problems, true)
  const styles = createStyleCompiler(paths, createIconSet(paths.nodeModules, []), problems)
  for (const style of [path.join(miniprogramRoot, 'app'), ...[...components.keys()].map(paths.fileOf)]) {
    styles.compile(`${style}.wxss`)
  }
  const files = [
    ...[...components.keys()].map((codePath) => `${paths.fileOf(codePath)}.json`),
    ...compileTemplates(paths, components, problems, { dev: false, strict: true }).sources.keys(),
    ...styles.files,
    ...(await modulesOf(paths, components.keys())),
  ]
  failOnProblems(problems)
  const parts = new Map<string, string>()
  for (const library of libraries) {
    const dir = paths.packageDir(library)
    if (dir === undefined) continue
    for (const file of files) {
      const inner = path.relative(dir, file)
      if (!inner.startsWith('..')) parts.set(path.join(library, inner), file)
    }
  }
  return parts
}

async function modulesOf(paths: CodePaths, codePaths: Iterable<string>): Promise<string[]> {
  const scripts = scriptsOf(paths, codePaths)
  const appScript = paths.scriptOf('app')
  const { metafile } = await esbuild.build({
    entryPoints: [...scripts.keys(), ...(appScript ? [appScript] : [])],
    bundle: true,
    write: false,
    outdir: path.join(projectDir, 'dist'),
    metafile: true,
    logLevel: 'silent',
    plugins: [miniprogramModules(paths, new Map())],
  })
  return Object.keys(metafile.inputs).map((input) => path.resolve(input))
}

// Bundles the unchanged miniprogram/ source for a browser: WXML for glass-easel, WXSS as CSS, TypeScript by esbuild.
import fs from 'node:fs'
import path from 'node:path'
import esbuild, { type BuildFailure, type Message, type Plugin } from 'esbuild'
import { type CodePaths, collectComponents, createCodePaths, readJson } from './codePaths'
import type { AppConfig, ComponentConfig } from './config'
import { createIconSet } from './icons'
import { miniprogramModules, scriptsOf } from './modules'
import type { Problem } from './problems'
import { compileTemplates } from './wxml'
import { createStyleCompiler } from './wxss'

export { failOnProblems, formatProblem, type Problem } from './problems'

export interface PreviewBuild {
  problems: Problem[]
  /** absolute paths of the files that went into the bundle */
  inputs: string[]
  /** code paths of pages and components */
  components: string[]
}

const projectDir = path.resolve(__dirname, '../..')
const browserDir = path.join(__dirname, 'browser')
const nodeModules = path.join(projectDir, 'node_modules')

/**
 * Writes app.js and index.html into `outDir`. Defects of the mini-program become `problems`, never an exception; with
 * an error among them that makes a bundle impossible, the bundle shows the problems.
 */
export async function buildPreview(options: {
  miniprogramRoot: string
  outDir: string
  dev: boolean
}): Promise<PreviewBuild> {
  const { outDir, dev } = options
  const paths = createCodePaths(path.resolve(options.miniprogramRoot), nodeModules)
  const problems: Problem[] = []
  fs.mkdirSync(outDir, { recursive: true })
  fs.copyFileSync(path.join(browserDir, 'index.html'), path.join(outDir, 'index.html'))
  const app = readApp(paths, problems)
  const { pages, components } = collectComponents(paths, app, problems)
  const templates = compileTemplates(paths, components, problems, dev)
  const scripts = scriptsOf(paths, components.keys())
  const sources = [...templates.sources.values(), ...[...scripts.keys()].map((file) => fs.readFileSync(file, 'utf8'))]
  const styles = compileStyles(paths, sources, problems)

  const scope = {
    app,
    pages,
    components: Object.fromEntries(
      [...components].map(([codePath, config]) => [codePath, { config, ...styles.ofComponent(codePath, config) }]),
    ),
    appStyle: styles.ofApp,
  }
  const appScript = paths.scriptOf('app')
  const entry = [
    `var host = require(${JSON.stringify(path.join(browserDir, 'main.ts'))});`,
    `host.setup(${JSON.stringify(scope)}, ${templates.code});`,
    appScript && `host.run("app", function () { require(${JSON.stringify(appScript)}) });`,
    ...[...scripts].map(
      ([file, codePath]) => `host.run(${JSON.stringify(codePath)}, function () { require(${JSON.stringify(file)}) });`,
    ),
    'host.start();',
  ]
  const bundle = (contents: string, plugins: Plugin[]) =>
    esbuild.build({
      stdin: { contents, resolveDir: projectDir, sourcefile: 'preview-entry.js' },
      bundle: true,
      format: 'iife',
      target: 'es2022',
      sourcemap: dev ? 'linked' : false,
      minify: !dev,
      outfile: path.join(outDir, 'app.js'),
      loader: { '.css': 'text' },
      logLevel: 'silent',
      metafile: true,
      plugins,
    })
  try {
    const result = await bundle(entry.filter(Boolean).join('\n'), [miniprogramModules(paths, scripts)])
    problems.push(...result.warnings.flatMap((warning) => ownMessage(paths, warning, 'warning')))
    const inputs = Object.keys(result.metafile.inputs).map((input) => path.resolve(input))
    return { problems, inputs, components: [...components.keys()] }
  } catch (error) {
    const failure = error as Partial<BuildFailure>
    if (failure.errors === undefined) throw error
    problems.push(...failure.errors.map((message) => problemOf(paths, message, 'error')))
    const shown = `require(${JSON.stringify(path.join(browserDir, 'broken.ts'))}).showBroken(${JSON.stringify(problems)})`
    await bundle(shown, [])
    return { problems, inputs: [], components: [...components.keys()] }
  }
}

function readApp(paths: CodePaths, problems: Problem[]): AppConfig {
  const fallback: AppConfig = { pages: [] }
  try {
    const app = readJson(path.join(paths.root, 'app.json')) as AppConfig | undefined
    if (app && Array.isArray(app.pages) && app.pages.length > 0) return app
    problems.push({ severity: 'error', file: 'app.json', message: 'missing, or without pages' })
  } catch (error) {
    problems.push({ severity: 'error', file: 'app.json', message: `not JSON: ${(error as Error).message}` })
  }
  return fallback
}

function compileStyles(paths: CodePaths, sources: string[], problems: Problem[]) {
  const compiler = createStyleCompiler(paths, createIconSet(nodeModules, sources, problems), problems)
  let isolated = 0
  return {
    ofApp: compiler.compile(path.join(paths.root, 'app.wxss')),
    ofComponent(codePath: string, config: ComponentConfig): { style: string; scope?: string } {
      const isolation = config.styleIsolation ?? (config.component ? 'isolated' : 'shared')
      const isShared = isolation === 'shared' || isolation === 'page-shared'
      const scope = isShared ? undefined : `s${(isolated++).toString(36)}`
      const style = compiler.compile(`${paths.fileOf(codePath)}.wxss`, scope, config.component ? undefined : codePath)
      return scope === undefined ? { style } : { style, scope }
    },
  }
}

function ownMessage(paths: CodePaths, message: Message, severity: Problem['severity']): Problem[] {
  const file = message.location && path.resolve(message.location.file)
  return file?.startsWith(paths.root + path.sep) ? [problemOf(paths, message, severity)] : []
}

function problemOf(paths: CodePaths, message: Message, severity: Problem['severity']): Problem {
  const place = message.location
  if (!place) return { severity, file: 'bundle', message: message.text }
  const file = paths.shown(path.resolve(place.file))
  return { severity, file, line: place.line, column: place.column + 1, message: message.text }
}

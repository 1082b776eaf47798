// Bundles the unchanged miniprogram/ source for a browser: WXML for glass-easel, WXSS as CSS, TypeScript by esbuild.
import fs from 'node:fs'
import path from 'node:path'
import esbuild, { type BuildFailure, type Message, type Plugin } from 'esbuild'
import { type CodePaths, collectComponents, createCodePaths, readJson } from './codePaths'
import type { AppConfig, ComponentConfig } from './config'
import { createIconSet } from './icons'
import type { Problem } from './problems'
import { compileTemplates } from './wxml'
import { createStyleCompiler } from './wxss'

export { failOnProblems, formatProblem, PreviewProblems, type Problem } from './problems'

export interface PreviewBuild {
  problems: Problem[]
  /** absolute paths of the files that went into the bundle */
  inputs: string[]
  /** code paths of pages and components */
  components: string[]
}

const here = __dirname
const projectDir = path.resolve(here, '../..')
const browserDir = path.join(here, 'browser')
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
  const scripts = scriptsOf(paths, components)
  const sources = [...templates.sources.values(), ...[...scripts.keys()].map((file) => fs.readFileSync(file, 'utf8'))]
  const styles = compileStyles(paths, components, sources, problems)

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

function scriptsOf(paths: CodePaths, components: Map<string, ComponentConfig>): Map<string, string> {
  const scripts = new Map<string, string>()
  for (const codePath of components.keys()) {
    const file = paths.scriptOf(codePath)
    if (file !== undefined) scripts.set(file, codePath)
  }
  return scripts
}

function compileStyles(
  paths: CodePaths,
  components: Map<string, ComponentConfig>,
  sources: string[],
  problems: Problem[],
) {
  const compiler = createStyleCompiler(paths, createIconSet(nodeModules, sources, problems), problems)
  let isolated = 0
  return {
    ofApp: compiler.compile(path.join(paths.root, 'app.wxss')),
    ofComponent(codePath: string, config: ComponentConfig): { style: string; scope?: string } {
      const isolation = config.styleIsolation ?? (config.component ? 'isolated' : 'shared')
      const isShared = isolation === 'shared' || isolation === 'page-shared'
      const scope = isShared ? undefined : `s${(isolated++).toString(36)}`
      const style = compiler.compile(`${paths.fileOf(codePath)}.wxss`, scope)
      return scope === undefined ? { style } : { style, scope }
    },
  }
}

/** npm modules come from the packages' mini-program folders; a component's file gets Page and Component of its own. */
function miniprogramModules(paths: CodePaths, scripts: Map<string, string>): Plugin {
  const isFile = (file: string) => fs.existsSync(file) && fs.statSync(file).isFile()
  return {
    name: 'miniprogram',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path: request, importer }) => {
        if (importer === '' || importer.startsWith(here) || request.startsWith('glass-easel')) return undefined
        const match = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(request)
        const name = match?.[1] ?? request
        const inner = match?.[2]
        // A package brings its own dependencies along in its own miniprogram_npm (TDesign: tslib).
        const owner = /^(.*\/miniprogram_dist)\//.exec(importer)?.[1]
        const dirs = [owner && path.join(owner, 'miniprogram_npm', name), paths.packageDir(name)]
        const found = dirs
          .flatMap((dir) =>
            dir
              ? [inner ?? '', `${inner}.js`, path.join(inner ?? '', 'index.js')].map((end) => path.join(dir, end))
              : [],
          )
          .find(isFile)
        return found === undefined ? undefined : { path: found }
      })
      build.onLoad({ filter: /\.(ts|js)$/ }, ({ path: file }) => {
        const codePath = scripts.get(file)
        if (codePath === undefined) return undefined
        // On the first line, so that line numbers hold.
        const head = `const {Page,Component,Behavior}=globalThis.__mp.env(${JSON.stringify(codePath)});`
        return {
          contents: head + fs.readFileSync(file, 'utf8'),
          loader: file.endsWith('.ts') ? 'ts' : 'js',
          resolveDir: path.dirname(file),
        }
      })
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

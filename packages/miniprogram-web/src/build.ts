// Bundles the unchanged miniprogram/ source for a browser: WXML for glass-easel, WXSS as CSS, TypeScript by esbuild.
import fs from 'node:fs'
import path from 'node:path'
import esbuild, { type BuildFailure, type Message, type Plugin } from 'esbuild'
import { type CodePaths, collectComponents, createCodePaths, readJson } from './codePaths'
import type { AppConfig, ComponentConfig } from './config'
import { createIconSet, type IconSet } from './icons'
import { miniprogramModules, scriptsOf } from './modules'
import type { Problem } from './problems'
import { compileTemplates } from './wxml'
import { createStyleCompiler } from './wxss'

/** What a build found and made. */
export interface WebBuild {
  /** what WeChat would complain about too */
  problems: Problem[]
  /** absolute paths of the files that went into the bundle */
  inputs: string[]
  /** code paths of pages and components */
  components: string[]
}

/** Somebody whom the page can be looked at as: `?as=<key>`. */
export interface Person {
  key: string
  openid: string
  /** as the page calls the person, in Chinese and English */
  name: string
  nameEn: string
}

/** What is built, and how. */
export interface WebOptions {
  /** the folder of app.json */
  miniprogramRoot: string
  /** where app.js and index.html are written; it is made when it is missing */
  outDir: string
  /** with source maps and the compiler's own checks, not minified */
  dev: boolean
  /** the folder of npm packages [the nearest node_modules above the mini-program] */
  nodeModules?: string
  /** a module that exports `guest`, see browser/guest.ts */
  guest?: string
  /** [one visitor] */
  people?: readonly Person[]
  /** what WeChat only warns about, or leaves out, is an error [false] */
  strict?: boolean
  /** of the browser's tab [the title in app.json] */
  title?: string
}

const browserDir = path.join(__dirname, 'browser')
const visitor: Person = { key: 'visitor', openid: 'oVisitor_000000000000000000', name: '访客', nameEn: 'Visitor' }

/**
 * Writes app.js and index.html into `outDir`. Defects of the mini-program become `problems`, never an exception; with
 * an error among them that makes a bundle impossible, the bundle shows the problems.
 * @param options the mini-program, and where the bundle goes
 * @returns the problems, and what went into the bundle
 * @example
 * ```ts
 * const { problems } = await buildWeb({ miniprogramRoot: 'miniprogram', outDir: 'dist/web', dev: false })
 * failOnProblems(problems)
 * ```
 */
export async function buildWeb(options: WebOptions): Promise<WebBuild> {
  const { outDir, dev, guest, strict = false } = options
  const root = path.resolve(options.miniprogramRoot)
  const nodeModules = options.nodeModules ?? nearestModules(root)
  const paths = createCodePaths(root, nodeModules)
  const problems: Problem[] = []
  const app = readApp(paths, problems)
  fs.mkdirSync(outDir, { recursive: true })
  const page = fs.readFileSync(path.join(browserDir, 'index.html'), 'utf8')
  const title = options.title ?? String(app.window?.navigationBarTitleText ?? '')
  fs.writeFileSync(path.join(outDir, 'index.html'), page.replace('<title></title>', `<title>${escaped(title)}</title>`))
  const { pages, components } = collectComponents(paths, app, problems, strict)
  const templates = compileTemplates(paths, components, problems, { dev, strict })
  const scripts = scriptsOf(paths, components.keys())
  const sources = [...templates.sources.values(), ...ownSources(root)]
  const styles = compileStyles(paths, createIconSet(nodeModules, sources), problems)

  const scope = {
    app,
    pages,
    components: Object.fromEntries(
      [...components].map(([codePath, config]) => [codePath, { config, ...styles.ofComponent(codePath, config) }]),
    ),
    appStyle: styles.ofApp,
  }
  const hosts = [browserDir, ...(guest === undefined ? [] : [path.dirname(guest)])]
  const appScript = paths.scriptOf('app')
  const entry = [
    `var host = require(${JSON.stringify(path.join(browserDir, 'main.ts'))});`,
    `var guest = ${guest === undefined ? '{}' : `require(${JSON.stringify(guest)}).guest`};`,
    `host.setup(${JSON.stringify(scope)}, ${templates.code}, guest);`,
    appScript && `host.run("app", function () { require(${JSON.stringify(appScript)}) });`,
    ...[...scripts].map(
      ([file, codePath]) => `host.run(${JSON.stringify(codePath)}, function () { require(${JSON.stringify(file)}) });`,
    ),
    'host.start(guest);',
  ]
  const bundle = (contents: string, plugins: Plugin[]) =>
    esbuild.build({
      stdin: { contents, resolveDir: browserDir, sourcefile: 'entry.js' },
      bundle: true,
      format: 'iife',
      target: 'es2022',
      sourcemap: dev ? 'linked' : false,
      minify: !dev,
      outfile: path.join(outDir, 'app.js'),
      loader: { '.css': 'text' },
      define: { __PEOPLE__: JSON.stringify(options.people ?? [visitor]) },
      logLevel: 'silent',
      metafile: true,
      plugins,
    })
  // WeChat runs every script that can be compiled. A script that cannot be compiled fails where it is used.
  const broken = new Map<string, string>()
  const built = async (): Promise<WebBuild> => {
    const modules = miniprogramModules(paths, scripts, { hosts, strict, broken })
    try {
      const result = await bundle(entry.filter(Boolean).join('\n'), [modules])
      problems.push(...result.warnings.flatMap((warning) => ownMessage(paths, warning, 'warning')))
      const inputs = Object.keys(result.metafile.inputs).map((input) => path.resolve(input))
      return { problems, inputs, components: [...components.keys()] }
    } catch (error) {
      const { errors } = error as Partial<BuildFailure>
      if (errors === undefined) throw error
      const newlyBroken = strict ? [] : errors.filter(({ location }) => location && !broken.has(fileOf(location)))
      // Each further build leaves out at least one more file.
      const isLast = newlyBroken.length === 0
      problems.push(...errors.map((message) => problemOf(paths, message, isLast ? 'error' : 'warning')))
      for (const { location, text } of newlyBroken) if (location) broken.set(fileOf(location), text)
      if (!isLast) return built()
      const list = JSON.stringify(problems)
      await bundle(`require(${JSON.stringify(path.join(browserDir, 'broken.ts'))}).showBroken(${list})`, [])
      return { problems, inputs: [], components: [...components.keys()] }
    }
  }
  return built()
}

const fileOf = ({ file }: { file: string }): string => path.resolve(file)

/** The texts in which an icon may be named: every script and configuration, those of npm packages apart. */
function ownSources(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = path.join(folder, entry.name)
    if (entry.isDirectory()) return /^(?:node_modules|miniprogram_npm)$/.test(entry.name) ? [] : ownSources(place)
    return /\.(?:js|ts|json)$/.test(entry.name) ? [fs.readFileSync(place, 'utf8')] : []
  })
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function nearestModules(from: string): string {
  for (let dir = from; ; dir = path.dirname(dir)) {
    const found = path.join(dir, 'node_modules')
    if (fs.existsSync(found) || dir === path.dirname(dir)) return found
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

function compileStyles(paths: CodePaths, icons: IconSet, problems: Problem[]) {
  const compiler = createStyleCompiler(paths, icons, problems)
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

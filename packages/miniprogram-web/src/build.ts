// Bundles the unchanged miniprogram/ source for a browser: WXML for glass-easel, WXSS as CSS, TypeScript by esbuild.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import esbuild, { type BuildFailure, type Message, type Plugin } from 'esbuild'
import { type CodePaths, collectComponents, createCodePaths, pagesOf, readJson } from './codePaths'
import type { AppConfig, ComponentConfig } from './config'
import { createIconSet, type IconSet } from './icons'
import { miniprogramModules, scriptsOf } from './modules'
import type { Problem } from './problems'
import { shellOf } from './shell'
import { compileTemplates } from './wxml'
import { createStyleCompiler } from './wxss'

/** The result of a build. */
export interface WebBuild {
  /** problems in the mini-program that WeChat would report too */
  problems: Problem[]
  /** absolute paths of the files that went into the bundle */
  inputs: string[]
  /** code paths of pages and components */
  components: string[]
}

/** A user of the preview. The address `?as=<key>` opens the mini-program as this user. */
export interface Person {
  key: string
  openid: string
  /** the user's name on the page, in Chinese and English */
  name: string
  nameEn: string
}

/** The options of a build. */
export interface WebOptions {
  /** the folder of app.json */
  miniprogramRoot: string
  /** the folder for app.js and index.html; created if it does not exist */
  outDir: string
  /** true: adds source maps and the compiler's own checks, and does not minify */
  dev: boolean
  /** the folder of npm packages [the nearest node_modules above the mini-program] */
  nodeModules?: string
  /** path of a module that exports `guest`, see browser/guest.ts */
  guest?: string
  /** the users that the address can name [one visitor] */
  people?: readonly Person[]
  /** true: problems for which WeChat only warns, or which it ignores, are errors [false] */
  strict?: boolean
  /** the title of the browser's tab [the title in app.json] */
  title?: string
  /** makes a website for everybody instead of a developer's page */
  site?: SiteOptions
}

/**
 * Options of a website. Its file names contain hashes of the content, it needs no inline script or style, each page has
 * its own path, and the browser's back and forward buttons move through the page stack.
 */
export interface SiteOptions {
  /** the path of the site, such as `/shop/` */
  base: string
  /** which pages this bundle contains; the first of them is the start page [all pages] */
  includes?: (page: string) => boolean
  /** path of the site's other bundle, which has the remaining pages */
  elsewhere?: string
  /** width of the page in a wide window, in px [1280] */
  width?: number
  /** a CSS file with styles for what the guest adds to the page */
  style?: string
  /** modules of the mini-program to replace in a browser: from absolute path to absolute path [none] */
  replaces?: Readonly<Record<string, string>>
  /** what the page says if the script does not load: one sentence per line */
  unavailable: readonly string[]
}

const browserDir = path.join(__dirname, 'browser')
const visitor: Person = { key: 'visitor', openid: 'oVisitor_000000000000000000', name: '访客', nameEn: 'Visitor' }

/** The script that starts the phone: it sets the host up, and then runs the scripts of the app and of its components. */
function entryOf(parts: {
  scope: object
  code: string
  guest: string | undefined
  appScript: string | undefined
  scripts: ReadonlyMap<string, string>
}): string {
  const { scope, code, guest, appScript, scripts } = parts
  return [
    `var host = require(${JSON.stringify(path.join(browserDir, 'main.ts'))});`,
    `var guest = ${guest === undefined ? '{}' : `require(${JSON.stringify(guest)}).guest`};`,
    `host.setup(${JSON.stringify(scope)}, ${code}, guest);`,
    appScript && `host.run("app", function () { require(${JSON.stringify(appScript)}) });`,
    ...[...scripts].map(
      ([file, codePath]) => `host.run(${JSON.stringify(codePath)}, function () { require(${JSON.stringify(file)}) });`,
    ),
    'host.start(guest);',
  ]
    .filter(Boolean)
    .join('\n')
}

/**
 * Writes app.js and index.html into `outDir`. Defects of the mini-program become `problems` and never an exception. If
 * no bundle can be made, app.js shows the problems.
 * @param options the mini-program and the folder for the bundle
 * @returns the problems, and the files in the bundle
 * @example
 * ```ts
 * const { problems } = await buildWeb({ miniprogramRoot: 'miniprogram', outDir: 'dist/web', dev: false })
 * failOnProblems(problems)
 * ```
 */
export async function buildWeb(options: WebOptions): Promise<WebBuild> {
  const { outDir, dev, guest, site, strict = false } = options
  const root = path.resolve(options.miniprogramRoot)
  const nodeModules = options.nodeModules ?? nearestModules(root)
  const paths = createCodePaths(root, nodeModules)
  const problems: Problem[] = []
  const whole = readApp(paths, problems)
  const app = site?.includes ? partOf(whole, site.includes) : whole
  fs.mkdirSync(outDir, { recursive: true })
  const title = options.title ?? String(app.window?.navigationBarTitleText ?? '')
  const page = fs
    .readFileSync(path.join(browserDir, 'index.html'), 'utf8')
    .replace('<title></title>', () => `<title>${escaped(title)}</title>`)
  if (!site) fs.writeFileSync(path.join(outDir, 'index.html'), page)
  const { pages, components } = collectComponents(paths, app, problems, strict)
  const templates = compileTemplates(paths, components, problems, { dev, strict })
  const scripts = scriptsOf(paths, components.keys())
  const sources = [...templates.sources.values(), ...ownSources(root)]
  const styles = compileStyles(paths, createIconSet(nodeModules, sources), problems)

  const styled = [...components].map(([codePath, config]) => ({
    codePath,
    config,
    ...styles.ofComponent(codePath, config),
  }))
  const scope = {
    app,
    pages,
    components: Object.fromEntries(
      styled.map(({ codePath, ...component }) => [codePath, site ? { ...component, style: '' } : component]),
    ),
    appStyle: site ? '' : styles.ofApp,
    ...(site && {
      site: {
        base: site.base,
        elsewhere: site.elsewhere,
        others: pagesOf(whole).filter((one) => !pages.includes(one)),
      },
    }),
  }
  const hosts = [browserDir, ...(guest === undefined ? [] : [path.dirname(guest)])]
  const entry = entryOf({ scope, code: templates.code, guest, appScript: paths.scriptOf('app'), scripts })
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
      define: { __PEOPLE__: JSON.stringify(options.people ?? [visitor]), __SITE__: String(site !== undefined) },
      write: !site,
      logLevel: 'silent',
      metafile: true,
      plugins,
    })
  // WeChat runs every script that compiles. A script that does not compile fails only when something requires it.
  const broken = new Map<string, string>()
  const built = async (): Promise<WebBuild> => {
    const modules = miniprogramModules(paths, scripts, { hosts, strict, broken, replaces: site?.replaces ?? {} })
    try {
      const result = await bundle(entry, [modules])
      problems.push(...result.warnings.flatMap((warning) => ownMessage(paths, warning, 'warning')))
      const inputs = Object.keys(result.metafile.inputs).map((input) => path.resolve(input))
      if (site) {
        const style = [styles.ofApp, ...styled.map((one) => one.style)].join('\n')
        writeSite(outDir, site, { app, page, script: result.outputFiles?.[0]?.contents ?? new Uint8Array(), style })
      }
      return { problems, inputs, components: [...components.keys()] }
    } catch (error) {
      const { errors } = error as Partial<BuildFailure>
      if (errors === undefined) throw error
      const newlyBroken = strict ? [] : errors.filter(({ location }) => location && !broken.has(fileOf(location)))
      // Build again without the files that did not compile. Each further build leaves out at least one more file, so
      // the loop ends.
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

/**
 * Writes the website's page, script and style. The page comes last, so that it never names a file that does not exist
 * yet.
 */
function writeSite(
  outDir: string,
  site: SiteOptions,
  { app, page, script, style }: { app: AppConfig; page: string; script: Uint8Array; style: string },
): void {
  const own = ['phone/phone.css', 'builtins/builtins.css'].map((file) => path.join(browserDir, file))
  const sheets = [...own, ...(site.style === undefined ? [] : [site.style])].map((file) =>
    fs.readFileSync(file, 'utf8'),
  )
  const { width = 1280 } = site
  const css = esbuild.transformSync([...sheets, `body { --site-width: ${width}px }`, style].join('\n'), {
    loader: 'css',
    minify: true,
    logLevel: 'silent',
  }).code
  const scriptName = hashedName('app', '.js', script)
  const styleName = hashedName('app', '.css', css)
  for (const old of fs.readdirSync(outDir))
    if (/^app-[0-9a-f]{12}\.(js|css)$/.test(old) && old !== scriptName && old !== styleName)
      fs.rmSync(path.join(outDir, old))
  fs.writeFileSync(path.join(outDir, scriptName), script)
  fs.writeFileSync(path.join(outDir, styleName), css)
  const head = `    <script src="${site.base}${scriptName}" defer></script>\n  </head>`
  // Parts of the page in their order: the shell, which the browser paints at once; the style; and the rest. The script
  // waits for the style.
  const link = `<link rel="stylesheet" href="${site.base}${styleName}" />`
  const sentences = site.unavailable.map((sentence) => `<p>${escaped(sentence)}</p>`).join('')
  const html = page
    .replace('  </head>', () => head)
    .replace(
      '<script src="/app.js"></script>',
      () => `${shellOf(app, width)}\n    ${link}\n    <div class="host-unavailable">${sentences}</div>`,
    )
  fs.writeFileSync(path.join(outDir, 'index.html'), html)
}

const hashedName = (name: string, ending: string, content: Uint8Array | string): string =>
  `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 12)}${ending}`

/** The app's configuration with only some of its pages. */
function partOf(app: AppConfig, includes: (page: string) => boolean): AppConfig {
  const list = app.tabBar?.list.filter(({ pagePath }) => includes(pagePath)) ?? []
  const { tabBar, subPackages: _, subpackages: __, ...rest } = app
  return {
    ...rest,
    pages: pagesOf(app).filter(includes),
    ...(tabBar && list.length > 0 && { tabBar: { ...tabBar, list } }),
  }
}

const fileOf = ({ file }: { file: string }): string => path.resolve(file)

/**
 * All texts of the mini-program that may name an icon: scripts and configurations, except the files of npm packages.
 */
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

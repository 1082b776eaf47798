// Checks the source by the eleven rules of WeChat DevTools' code quality scan (代码质量扫描), as Tencent's code
// analysis lists them, and measures the uploaded size of the main package. The real scan needs DevTools. Part of `npm
// run check`.
import '../nodeVersion'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import esbuild from 'esbuild'
import { partsInUse } from '../miniprogramNpm'

/**
 * Our own limit for the uploaded size of the main package. WeChat's limit is 2 MB, and WeChat recommends at most 1.5
 * MB.
 */
const mainLimitBytes = 500 * 1024
const packageAdviceBytes = 1.5 * 1024 * 1024
const mediaLimitBytes = 200 * 1024
/** The scan passes if the mini-program keeps at least ten of the scan's eleven rules. */
const leastPassed = 10

interface AppJson {
  pages: string[]
  subPackages?: { root: string; pages: string[] }[]
  plugins?: object
  lazyCodeLoading?: string
  usingComponents?: Record<string, string>
}

interface RuleResult {
  /** the rule's name in Tencent's list */
  rule: string
  /** what violates the rule; empty if nothing does */
  found: string[]
}

interface Quality {
  rules: RuleResult[]
  /** uploaded bytes of each package, by the package's root folder; the main package's root is empty */
  sizes: Record<string, number>
}

const media = /\.(png|jpe?g|gif|svg|webp|mp3|m4a|aac|wav)$/i
const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T

/** Reads a mini-program's own files and finds which files each of them uses. */
function createSource(root: string) {
  const files = new Set(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((name) => !name.startsWith('miniprogram_npm') && !name.endsWith('.d.ts')),
  )
  const textOf = (name: string): string => readFileSync(join(root, name), 'utf8')
  const inside = (from: string, to: string): string =>
    to.startsWith('/') ? to.slice(1) : relative(root, resolve(root, dirname(from), to))

  const componentsOf = (base: string): [name: string, base: string][] => {
    const file = `${base}.json`
    if (!files.has(file)) return []
    const { usingComponents = {} } = readJson<Pick<AppJson, 'usingComponents'>>(join(root, file))
    return Object.entries(usingComponents).map(([name, path]) => [name, inside(file, path)])
  }

  // WeChat uploads no types, so `import type` does not count as a use of a file.
  const patterns: readonly [ending: string, pattern: RegExp][] = [
    ['.ts', /(?:^|\n)\s*(?:import|export)\s(?!type\b)[^'"]*?from\s+'(\.[^']+)'|\brequire\('(\.[^']+)'\)/g],
    ['.wxml', /<(?:import|include)\s+src="([^"]+)"|<wxs[^>]+src="([^"]+)"/g],
    ['.wxss', /@import\s+["']([^"']+)["']/g],
  ]
  const usesOf = (name: string): string[] => {
    const found = patterns.find(([ending]) => name.endsWith(ending))
    if (!found) return []
    return [...textOf(name).matchAll(found[1])].flatMap((match) => {
      const to = inside(name, match[1] ?? match[2] ?? '')
      return [to, `${to}.ts`, `${to}/index.ts`].filter((one) => files.has(one)).slice(0, 1)
    })
  }

  /** The files that some pages and components use, directly or through others, including their own files. */
  const reached = (bases: readonly string[], first: readonly string[] = []): Set<string> => {
    const seen = new Set<string>()
    const waiting = first.filter((name) => files.has(name))
    const known = new Set<string>()
    const open = [...bases]
    for (let base = open.pop(); base !== undefined; base = open.pop()) {
      if (known.has(base)) continue
      known.add(base)
      waiting.push(...['.ts', '.json', '.wxml', '.wxss'].map((ending) => base + ending).filter((one) => files.has(one)))
      open.push(...componentsOf(base).map(([, of]) => of))
    }
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (seen.has(name)) continue
      seen.add(name)
      waiting.push(...usesOf(name))
    }
    return seen
  }

  return { files, textOf, componentsOf, reached }
}

type Source = ReturnType<typeof createSource>

/** The size of a file after upload with the settings `minified`, `minifyWXML` and `minifyWXSS`. */
async function uploadedBytes(file: string): Promise<number> {
  const text = readFileSync(file, 'utf8')
  if (/\.(ts|js|wxs)$/.test(file)) {
    const loader = file.endsWith('.ts') ? 'ts' : 'js'
    const { code } = await esbuild.transform(text, { loader, minify: true, target: 'es2017', format: 'cjs' })
    return Buffer.byteLength(code)
  }
  if (file.endsWith('.json')) return Buffer.byteLength(JSON.stringify(JSON.parse(text)))
  if (file.endsWith('.wxss'))
    return Buffer.byteLength((await esbuild.transform(text, { loader: 'css', minify: true, logLevel: 'silent' })).code)
  if (file.endsWith('.wxml')) return Buffer.byteLength(text.replace(/<!--[\s\S]*?-->/g, '').replace(/\s*\n\s*/g, ' '))
  return readFileSync(file).length
}

async function sizesOf(
  root: string,
  files: readonly string[],
  roots: readonly string[],
): Promise<Record<string, number>> {
  const sizes: Record<string, number> = Object.fromEntries(['', ...roots].map((one) => [one, 0]))
  const add = async (place: string, file: string) => {
    const bytes = await uploadedBytes(file)
    sizes[place] = (sizes[place] ?? 0) + bytes
  }
  for (const name of files) await add(roots.find((one) => name.startsWith(`${one}/`)) ?? '', join(root, name))
  // The npm components in use are uploaded too, as a part of the main package.
  for (const [place, file] of await partsInUse()) if (!/\.(md|map)$|\.d\.ts$/.test(place)) await add('', file)
  return sizes
}

/**
 * Checks a mini-program by the rules of the code quality scan.
 * @param project the folder with project.config.json; the mini-program is in its folder `miniprogram`
 */
export async function readQuality(project: string): Promise<Quality> {
  const root = join(project, 'miniprogram')
  const app = readJson<AppJson>(join(root, 'app.json'))
  const { setting = {} } = readJson<{ setting?: Record<string, unknown> }>(join(project, 'project.config.json'))
  const source = createSource(root)
  const { files } = source
  const roots = (app.subPackages ?? []).map((one) => one.root)
  const isMain = (name: string): boolean => !roots.some((one) => name.startsWith(`${one}/`))
  const shared = ['app.ts', 'app.json', 'app.wxss', 'sitemap.json']
  const byMain = source.reached(['app', ...app.pages], shared)
  const subPages = (app.subPackages ?? []).flatMap((one) => one.pages.map((page) => `${one.root}/${page}`))
  const bySub = source.reached(subPages)
  const onlySub = [...files].filter((name) => isMain(name) && !byMain.has(name) && bySub.has(name))
  // With ignoreUploadUnusedFiles, WeChat does not upload files that nothing uses.
  const isUploaded = (name: string): boolean =>
    setting.ignoreUploadUnusedFiles !== true || byMain.has(name) || bySub.has(name)
  const sizes = await sizesOf(root, [...files].filter(isUploaded), roots)
  const isComponent = (name: string): boolean => {
    const json = name.replace(/\.\w+$/, '.json')
    return files.has(json) && /"component"\s*:\s*true/.test(source.textOf(json))
  }
  const mediaBytes = [...files].filter((name) => media.test(name)).map((name) => readFileSync(join(root, name)).length)
  const off = (name: string): string[] => (setting[name] === true ? [] : [name])
  const rules: RuleResult[] = [
    {
      rule: 'PACKAGE_SIZE_LIMIT',
      found: Object.entries(sizes).flatMap(([name, bytes]) => (bytes > packageAdviceBytes ? [`${name} ${bytes}`] : [])),
    },
    { rule: 'JS_COMPRESS_OPEN', found: off('minified') },
    { rule: 'WXML_COMPRESS_OPEN', found: off('minifyWXML') },
    { rule: 'WXSS_COMPRESS_OPEN', found: off('minifyWXSS') },
    {
      rule: 'LAZYCODE_LOADING_OPEN',
      found: app.lazyCodeLoading === 'requiredComponents' ? [] : ['app.json: lazyCodeLoading'],
    },
    {
      rule: 'IMAGE_AND_AUDIO_LIMIT',
      found: mediaBytes.reduce((sum, bytes) => sum + bytes, 0) > mediaLimitBytes ? ['pictures and sounds'] : [],
    },
    { rule: 'CONTAINS_OTHER_PKG_JS', found: onlySub.filter((name) => name.endsWith('.ts') && !isComponent(name)) },
    {
      rule: 'CONTAINS_OTHER_PKG_COMPONENTS',
      found: onlySub.filter((name) => name.endsWith('.ts') && isComponent(name)),
    },
    { rule: 'CONTAINS_UNUSED_PLUGINS', found: Object.keys(app.plugins ?? {}) },
    { rule: 'CONTAINS_UNUSED_COMPONENTS', found: unusedComponents(source) },
    {
      rule: 'CONTAINS_UNUSED_CODES',
      found: [...files].filter((name) => !byMain.has(name) && !bySub.has(name)),
    },
  ]
  return { rules, sizes }
}

/** The components in `usingComponents` that the template does not use. */
function unusedComponents({ files, textOf, componentsOf }: Source): string[] {
  return [...files].flatMap((name) => {
    if (!name.endsWith('.json')) return []
    const base = name.slice(0, -5)
    const template = `${base}.wxml`
    if (!files.has(template)) return []
    const text = textOf(template)
    return componentsOf(base).flatMap(([used]) =>
      new RegExp(`<${used}[\\s/>]`).test(text) ? [] : [`${name}: ${used}`],
    )
  })
}

/** Describes what exceeds our limits, one sentence for each problem. */
export function qualityProblems({ rules, sizes }: Quality): string[] {
  const broken = rules.filter(({ found }) => found.length > 0)
  const main = sizes[''] ?? 0
  return [
    ...(rules.length - broken.length < leastPassed
      ? broken.map(({ rule, found }) => `${rule}: ${found.slice(0, 10).join(', ')}`)
      : []),
    ...(main > mainLimitBytes ? [`the main package has ${main} bytes as uploaded, more than ${mainLimitBytes}`] : []),
  ]
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === __filename) {
  const project = resolve(__dirname, '../..')
  if (!existsSync(join(project, 'project.config.json'))) throw new Error('no project.config.json')
  void readQuality(project).then((quality) => {
    const passed = quality.rules.filter(({ found }) => found.length === 0).length
    console.log(`${passed} of ${quality.rules.length} rules, main package ${quality.sizes['']} bytes as uploaded`)
    for (const { rule, found } of quality.rules) if (found.length > 0) console.log(`${rule}: ${found.join(', ')}`)
    const problems = qualityProblems(quality)
    for (const problem of problems) console.error(problem)
    process.exitCode = problems.length > 0 ? 1 : 0
  })
}

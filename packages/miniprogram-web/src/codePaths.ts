// Finds the files of WeChat's code paths ("pages/shop/index", "miniprogram_npm/tdesign-miniprogram/button/button") and
// the components that an app uses. npm packages are read from node_modules, so no copy of them is needed.
import fs from 'node:fs'
import path from 'node:path'
import { type AppConfig, type ComponentConfig, customTabBar } from './config'
import type { Problem } from './problems'

const npmPrefix = /^miniprogram_npm\/((?:@[^/]+\/)?[^/]+)\/(.*)$/
const scriptExtensions = ['.ts', '.js']

export interface CodePaths {
  root: string
  nodeModules: string
  /** the folder that WeChat would copy from an npm package; undefined if the package is not made for mini-programs */
  packageDir(name: string): string | undefined
  /** path of a code path's files, without the extension */
  fileOf(codePath: string): string
  scriptOf(codePath: string): string | undefined
  exists(codePath: string): boolean
  /**
   * finds a component's code path in WeChat's order: absolute, relative, npm. The path of a folder means the file
   * `index` in the folder
   */
  resolve(from: string, target: string): string | undefined
  /** a file's name in error messages */
  shown(file: string): string
}

export function createCodePaths(root: string, nodeModules: string): CodePaths {
  const packageDirs = new Map<string, string | undefined>()
  function packageDir(name: string): string | undefined {
    if (!packageDirs.has(name)) {
      const dir = path.join(nodeModules, name)
      const manifest = readJson(path.join(dir, 'package.json')) as { miniprogram?: string } | undefined
      const dist = manifest && path.join(dir, manifest.miniprogram ?? 'miniprogram_dist')
      // Some projects contain only the output of WeChat's npm tool and no node_modules.
      const built = path.join(root, 'miniprogram_npm', name)
      packageDirs.set(
        name,
        [dist, built].find((folder) => folder !== undefined && fs.existsSync(folder)),
      )
    }
    return packageDirs.get(name)
  }
  function fileOf(codePath: string): string {
    const match = npmPrefix.exec(codePath)
    const dir = match?.[1] && packageDir(match[1])
    return dir ? path.join(dir, match[2] ?? '') : path.join(root, codePath)
  }
  const scriptOf = (codePath: string): string | undefined =>
    scriptExtensions.map((extension) => fileOf(codePath) + extension).find((file) => fs.existsSync(file))
  const exists = (codePath: string): boolean => fs.existsSync(`${fileOf(codePath)}.json`)
  return {
    root,
    nodeModules,
    packageDir,
    fileOf,
    scriptOf,
    exists,
    resolve(from, target) {
      const places = target.startsWith('/')
        ? [target.slice(1)]
        : [path.posix.join(path.posix.dirname(from), target), `miniprogram_npm/${target}`]
      const inside = places.filter((place) => !place.includes('..'))
      return inside.flatMap((place) => [place, `${place}/index`]).find(exists)
    },
    shown(file) {
      const inside = path.relative(root, file)
      if (!inside.startsWith('..')) return inside
      return path.relative(path.dirname(nodeModules), file)
    },
  }
}

export function readJson(file: string): unknown {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined
}

export function readConfig(paths: CodePaths, codePath: string, problems: Problem[]): ComponentConfig {
  const file = `${paths.fileOf(codePath)}.json`
  try {
    return (readJson(file) as ComponentConfig | undefined) ?? {}
  } catch (error) {
    problems.push({ severity: 'error', file: paths.shown(file), message: `not JSON: ${(error as Error).message}` })
    return {}
  }
}

export function pagesOf(app: AppConfig): string[] {
  const packages = app.subPackages ?? app.subpackages ?? []
  return [
    ...app.pages,
    ...packages.flatMap((part) => part.pages.map((page) => `${part.root.replace(/\/$/, '')}/${page}`)),
  ]
}

export interface ComponentGraph {
  pages: string[]
  /** every page and component in use; in their `usingComponents` all code paths are absolute */
  components: Map<string, ComponentConfig>
}

/**
 * Follows usingComponents and generics, starting at app.json. A component that is not found is reported and left out.
 */
export function collectComponents(
  paths: CodePaths,
  app: AppConfig,
  problems: Problem[],
  strict: boolean,
): ComponentGraph {
  const mild = strict ? 'error' : 'warning'
  const components = new Map<string, ComponentConfig>()
  const queue: string[] = []
  const follow = (from: string, target: string): string | undefined => {
    if (/^(plugin|dynamicLib|ext):\/\//.test(target)) return undefined
    const found = paths.resolve(from, target)
    if (found) queue.push(found)
    else problems.push({ severity: mild, file: `${from}.json`, message: `component "${target}" not found` })
    return found && `/${found}`
  }
  const followAll = (from: string, using: Record<string, string> | undefined): Record<string, string> =>
    Object.fromEntries(
      Object.entries(using ?? {}).flatMap(([name, target]) => {
        const found = follow(from, target)
        return found ? [[name, found]] : []
      }),
    )
  const appUsing = followAll('app', app.usingComponents)
  const pages = pagesOf(app).filter((page) => {
    const found = paths.scriptOf(page) !== undefined && fs.existsSync(`${paths.fileOf(page)}.wxml`)
    if (!found) problems.push({ severity: mild, file: 'app.json', message: `page "${page}" not found` })
    return found
  })
  for (const tab of app.tabBar?.list ?? []) {
    if (!app.pages.includes(tab.pagePath)) {
      problems.push({ severity: mild, file: 'app.json', message: `tabBar page "${tab.pagePath}" is not in pages` })
    }
  }
  queue.push(...pages)
  if (app.tabBar?.custom && paths.exists(customTabBar)) queue.push(customTabBar)
  for (let codePath = queue.pop(); codePath !== undefined; codePath = queue.pop()) {
    if (components.has(codePath)) continue
    const config = readConfig(paths, codePath, problems)
    const using = followAll(codePath, config.usingComponents)
    const generics = Object.entries(config.componentGenerics ?? {}).map(([name, generic]) => {
      const target = generic === true ? undefined : generic.default
      const found = target === undefined ? undefined : follow(codePath, target)
      return [name, found ? { default: found } : true] as const
    })
    components.set(codePath, {
      ...config,
      usingComponents: { ...appUsing, ...using },
      ...(generics.length > 0 && { componentGenerics: Object.fromEntries(generics) }),
    })
    if (paths.scriptOf(codePath) === undefined) {
      problems.push({ severity: 'error', file: `${codePath}.ts`, message: 'component has no script' })
    }
  }
  return { pages, components }
}

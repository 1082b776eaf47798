// The esbuild plugin that resolves a mini-program's npm modules and gives each component's script its own Page and
// Component functions.
import fs from 'node:fs'
import path from 'node:path'
import { type Plugin, transformSync } from 'esbuild'
import type { CodePaths } from './codePaths'

const missing = 'missing'
/** marks requests that this plugin makes, so that the plugin does not handle its own requests */
const looked = Symbol('looked')
const exportsOldWay = /^\s*(?:module\.)?exports(?:\.\w+)?\s*=/m

/** Maps the file of each component's script to its code path. */
export function scriptsOf(paths: CodePaths, codePaths: Iterable<string>): Map<string, string> {
  const scripts = new Map<string, string>()
  for (const codePath of codePaths) {
    const file = paths.scriptOf(codePath)
    if (file !== undefined) scripts.set(file, codePath)
  }
  return scripts
}

export interface ModuleOptions {
  /** the folders of the host and its guest, whose imports are resolved as usual */
  hosts?: readonly string[]
  /** true: a missing module is a build error; false: it fails when a script requires it [true] */
  strict?: boolean
  /** files that do not compile, with the reason; each fails only when a script requires it */
  broken?: ReadonlyMap<string, string>
  /** files to read in place of others: from absolute path to absolute path */
  replaces?: Readonly<Record<string, string>>
}

/**
 * Resolves npm modules in the packages' mini-program folders, and gives each component's script its own Page and
 * Component.
 */
export function miniprogramModules(
  paths: CodePaths,
  scripts: Map<string, string>,
  { hosts = [], strict = true, broken = new Map(), replaces = {} }: ModuleOptions = {},
): Plugin {
  const isFile = (file: string) => fs.existsSync(file) && fs.statSync(file).isFile()
  return {
    name: 'miniprogram',
    setup(build) {
      if (Object.keys(replaces).length > 0)
        build.onResolve({ filter: /^\./ }, ({ path: request, resolveDir }) => {
          const file = path.resolve(resolveDir, request)
          const found = replaces[`${file}.ts`]
          return found === undefined ? undefined : { path: found }
        })
      build.onResolve({ filter: /^[^./]/ }, ({ path: request, importer }) => {
        if (importer === '' || hosts.some((dir) => importer.startsWith(dir)) || request.startsWith('glass-easel'))
          return undefined
        const match = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(request)
        const name = match?.[1] ?? request
        const inner = match?.[2]
        // A package may contain its own dependencies in its own miniprogram_npm (TDesign: tslib).
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
      if (!strict)
        // In WeChat a missing module fails only when a script requires it.
        build.onResolve({ filter: /.*/ }, async ({ path: request, pluginData, ...rest }) => {
          if (pluginData === looked || hosts.some((dir) => rest.importer.startsWith(dir))) return undefined
          const { errors, path: found } = await build.resolve(request, { ...rest, pluginData: looked })
          if (errors.length === 0) return found === '' ? undefined : { path: found }
          const text = `module "${request}" is not defined`
          return { path: request, namespace: missing, warnings: [{ text }] }
        })
      build.onLoad({ filter: /.*/, namespace: missing }, ({ path: request }) => ({
        contents: `throw new Error(${JSON.stringify(`module "${request}" is not defined`)})`,
      }))
      build.onLoad({ filter: /\.(ts|js)$/ }, ({ path: file }) => {
        const failure = broken.get(file)
        if (failure !== undefined) return { contents: `throw new Error(${JSON.stringify(failure)})` }
        const codePath = scripts.get(file)
        const source = fs.readFileSync(file, 'utf8')
        const loader = file.endsWith('.ts') ? 'ts' : 'js'
        const isMixed =
          !file.includes('node_modules') && /^\s*(?:import|export)\s/m.test(source) && exportsOldWay.test(source)
        // WeChat compiles import to require, so a file may mix import and module.exports.
        const whole = isMixed ? transformSync(source, { loader, format: 'cjs' }).code : source
        if (codePath === undefined)
          return isMixed ? { contents: whole, loader: 'js', resolveDir: path.dirname(file) } : undefined
        // Added on the first line, so that line numbers stay the same.
        const head = `const {Page,Component,Behavior}=globalThis.__mp.env(${JSON.stringify(codePath)});`
        return {
          contents: head + whole,
          loader: isMixed ? 'js' : loader,
          resolveDir: path.dirname(file),
        }
      })
    },
  }
}

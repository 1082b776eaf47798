// The esbuild plugin that finds a mini-program's npm modules and gives each component's script its own Page and
// Component.
import fs from 'node:fs'
import path from 'node:path'
import { type Plugin, transformSync } from 'esbuild'
import type { CodePaths } from './codePaths'

const missing = 'missing'
/** marks a resolution that this plugin started itself */
const looked = Symbol('looked')
const exportsOldWay = /^\s*(?:module\.)?exports(?:\.\w+)?\s*=/m

/** file → code path */
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
  /** [true] a missing module is an error; otherwise it fails where it is used */
  strict?: boolean
  /** the files that cannot be compiled, with the reason: each fails where it is used */
  broken?: ReadonlyMap<string, string>
  /** files that are read in place of others, by absolute path */
  replaces?: Readonly<Record<string, string>>
}

/**
 * npm modules come from the packages' mini-program folders; a component's file gets Page and Component of its own.
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
        // In WeChat such a module fails only where it is used.
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
        // WeChat turns import into require, so module.exports works beside it.
        const whole = isMixed ? transformSync(source, { loader, format: 'cjs' }).code : source
        if (codePath === undefined)
          return isMixed ? { contents: whole, loader: 'js', resolveDir: path.dirname(file) } : undefined
        // Added to the first line, so that line numbers do not change.
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

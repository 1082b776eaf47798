// How npm modules of a mini-program are found, and how each component's script gets its own Page and Component.
import fs from 'node:fs'
import path from 'node:path'
import type { Plugin } from 'esbuild'
import type { CodePaths } from './codePaths'

/** file → code path */
export function scriptsOf(paths: CodePaths, codePaths: Iterable<string>): Map<string, string> {
  const scripts = new Map<string, string>()
  for (const codePath of codePaths) {
    const file = paths.scriptOf(codePath)
    if (file !== undefined) scripts.set(file, codePath)
  }
  return scripts
}

/**
 * npm modules come from the packages' mini-program folders; a component's file gets Page and Component of its own.
 * @param hosts folders of the host and its guest, whose own imports are ordinary ones
 */
export function miniprogramModules(
  paths: CodePaths,
  scripts: Map<string, string>,
  hosts: readonly string[] = [],
): Plugin {
  const isFile = (file: string) => fs.existsSync(file) && fs.statSync(file).isFile()
  return {
    name: 'miniprogram',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path: request, importer }) => {
        if (importer === '' || hosts.some((dir) => importer.startsWith(dir)) || request.startsWith('glass-easel'))
          return undefined
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

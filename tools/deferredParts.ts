// An esbuild plugin for the parts of wx-server-sdk that a payment needs rarely or never. They are loaded only at their
// first use, because loading them takes about a third of a function's cold start.
// docs/decisions/0034-parts-of-the-sdk-load-later.md lists what each part costs.
import type { Plugin } from 'esbuild'

interface Part {
  /** the package or file, as the SDK's code names it */
  readonly name: string
  /** the end of the path of the file that requires the part */
  readonly importer: string
  /** the code that stands for the part before it is loaded; its function `load()` returns the real part */
  readonly standIn: string
}

// The code that TypeScript emits reads `__esModule` as soon as it requires a part. The proxy answers this read without
// loading the part.
const module = (esModule: boolean) =>
  `module.exports = new Proxy({}, { get: (_, key) => (key === '__esModule' ? ${esModule} : load()[key]) })`

// The SDK calls generateHTTPClient when it is initialized, but uses the result only for data models.
const dataModels = `
const models = (args) => {
  let made
  return new Proxy({}, { get: (_, key) => (made ??= load().default.generateHTTPClient(...args))[key] })
}
exports.__esModule = true
exports.default = {
  generateHTTPClient: (...args) => models(args),
  generateMySQLClient: (...args) => load().default.generateMySQLClient(...args),
}`

const parts: readonly Part[] = [
  {
    name: '@cloudbase/wx-cloud-client-sdk',
    importer: '@cloudbase/node-sdk/dist/cloudbase.js',
    standIn: dataModels,
  },
  { name: './ai', importer: '@cloudbase/node-sdk/dist/cloudbase.js', standIn: module(true) },
  { name: 'jsonwebtoken', importer: '@cloudbase/node-sdk/dist/auth/index.js', standIn: module(false) },
  { name: 'xml2js', importer: '@cloudbase/node-sdk/dist/storage/index.js', standIn: module(false) },
  { name: 'mime-types', importer: 'form-data/lib/form_data.js', standIn: module(false) },
  { name: 'mime-db', importer: 'wx-server-sdk/index.js', standIn: module(false) },
]

const namespace = 'deferred-part'
const slashes = (path: string): string => path.replaceAll('\\', '/')

/**
 * Makes the plugin. The build of a function that uses the SDK fails if a part is not found, because then the SDK has
 * changed and the list of parts must be checked again.
 */
export function deferParts(): Plugin {
  return {
    name: namespace,
    setup(build) {
      const found = new Set<Part>()
      let usesSdk = false
      build.onResolve({ filter: /./ }, ({ path, importer, namespace: from, resolveDir }) => {
        usesSdk ||= path === 'wx-server-sdk'
        if (from !== 'file') return undefined
        const part = parts.find(({ name, importer: end }) => name === path && slashes(importer).endsWith(`/${end}`))
        if (!part) return undefined
        found.add(part)
        return { path: part.name, namespace, pluginData: { part, resolveDir } }
      })
      build.onLoad({ filter: /./, namespace }, ({ pluginData }) => {
        const { part, resolveDir } = pluginData as { part: Part; resolveDir: string }
        const contents = `let real\nconst load = () => (real ??= require('${part.name}'))\n${part.standIn}\n`
        return { contents, resolveDir, loader: 'js' }
      })
      build.onEnd(() => {
        if (!usesSdk) return undefined
        const missing = parts.filter((part) => !found.has(part)).map(({ name, importer }) => `${name} in ${importer}`)
        return { errors: missing.map((text) => ({ text: `wx-server-sdk no longer requires ${text}` })) }
      })
    },
  }
}

// Lets jest read TypeScript and ESM packages through esbuild. tsc checks the types elsewhere.
const { createHash } = require('node:crypto')
const { readFileSync } = require('node:fs')
const esbuild = require('esbuild')

const own = readFileSync(__filename)

module.exports = {
  // The cache key contains the content of this file, so that a change of the file invalidates jest's cache.
  getCacheKey: (source, file) => createHash('sha256').update(own).update(file).update(source).digest('hex'),
  process: (source, file) =>
    esbuild.transformSync(source, {
      // The web host imports its styles as text.
      loader: file.endsWith('.css') ? 'text' : file.endsWith('.ts') ? 'ts' : 'js',
      format: 'cjs',
      target: 'node20',
      // jest supports import() only with a flag of Node, so compile it to require
      supported: { 'dynamic-import': false },
      sourcefile: file,
      sourcemap: 'inline',
    }),
}

// jest reads TypeScript and ESM packages through esbuild; types are checked by tsc, not here.
const { createHash } = require('node:crypto')
const { readFileSync } = require('node:fs')
const esbuild = require('esbuild')

const own = readFileSync(__filename)

module.exports = {
  // A change here must not meet what jest remembers of before.
  getCacheKey: (source, file) => createHash('sha256').update(own).update(file).update(source).digest('hex'),
  process: (source, file) =>
    esbuild.transformSync(source, {
      loader: file.endsWith('.ts') ? 'ts' : 'js',
      format: 'cjs',
      target: 'node20',
      // jest has no import() without a flag of Node
      supported: { 'dynamic-import': false },
      sourcefile: file,
      sourcemap: 'inline',
    }),
}

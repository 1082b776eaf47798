// jest reads TypeScript and ESM packages through esbuild; types are checked by tsc, not here.
const esbuild = require('esbuild')

module.exports = {
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

// Two kinds of tests: pages run in jsdom with miniprogram-simulate, everything else in Node.
const path = require('node:path')

// Not Beijing's, so that a time that is not converted shows; set before the workers start, which inherit it.
process.env.TZ = 'UTC'

const shared = {
  rootDir: path.resolve(__dirname, '..'),
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: { '\\.m?[jt]s$': '<rootDir>/test/support/esbuildTransform.cjs' },
  // ESM-only packages that jest has to read as CommonJS
  transformIgnorePatterns: ['/node_modules/(?!(mingo|fast-check|pure-rand)/)'],
}
module.exports = {
  testTimeout: 120_000,
  testSequencer: '<rootDir>/support/longestFirst.cjs',
  projects: [
    {
      ...shared,
      displayName: 'node',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/pages/'],
      globalSetup: '<rootDir>/test/support/builtFunctions.ts',
    },
    {
      ...shared,
      displayName: 'pages',
      testEnvironment: 'jsdom',
      testMatch: ['<rootDir>/test/pages/**/*.test.ts'],
      setupFiles: ['<rootDir>/test/support/pageGlobals.ts'],
    },
  ],
}

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
const pages = { ...shared, testEnvironment: 'jsdom', setupFiles: ['<rootDir>/test/support/pageGlobals.ts'] }
const shopTimes = '<rootDir>/test/pages/shopTimes.test.ts'

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
      ...pages,
      displayName: 'pages',
      testMatch: ['<rootDir>/test/pages/**/*.test.ts'],
      testPathIgnorePatterns: [shopTimes],
    },
    ...['UTC', 'Asia/Shanghai', 'America/Los_Angeles'].map((timeZone) => ({
      ...pages,
      displayName: `pages in ${timeZone}`,
      testMatch: [shopTimes],
      testEnvironment: '<rootDir>/test/support/zoneEnvironment.cjs',
      testEnvironmentOptions: { timeZone },
      globals: { phoneZone: timeZone },
    })),
  ],
}

// Pages are tested in jsdom, once on miniprogram-simulate and once on the host of the web shop; everything else in Node.
const path = require('node:path')

// Use another time zone than Beijing, so that a time that was not converted is noticed. The test processes inherit this
// variable, so set it before they start.
process.env.TZ = 'UTC'

// Shift the clock so that the test run begins at a fixed time of day in Beijing: at TEST_CLOCK, or at noon if
// TEST_CLOCK is not set. So the result does not depend on the hour at which somebody starts the tests. Compute the
// shift only once, because the test processes inherit it.
const [hours, minutes] = (process.env.TEST_CLOCK ?? '12:00').split(':').map(Number)
const dayMs = 86_400_000
const sinceMidnightMs = (Date.now() + 8 * 3_600_000) % dayMs
const wantedMs = (hours * 60 + minutes) * 60_000
process.env.TEST_CLOCK_SHIFT_MS ??= String((wantedMs - sinceMidnightMs + dayMs) % dayMs)

const shared = {
  rootDir: path.resolve(__dirname, '..'),
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: { '\\.(m?[jt]s|css)$': '<rootDir>/test/support/jest/esbuildTransform.cjs' },
  // Packages with ES modules only, which jest has to convert to CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(mingo|fast-check|pure-rand)/)'],
}
const pages = {
  ...shared,
  testEnvironment: 'jsdom',
  setupFiles: ['<rootDir>/test/support/jest/shopClock.cjs', '<rootDir>/test/support/jest/pageGlobals.ts'],
  globals: { pageHost: 'simulate' },
}
const shopTimes = '<rootDir>/test/pages/shopTimes.test.ts'
const node = { testEnvironment: 'node', globalSetup: '<rootDir>/test/support/jest/builtFunctions.ts' }
module.exports = {
  testTimeout: 120_000,
  testSequencer: '<rootDir>/support/jest/longestFirst.cjs',
  projects: [
    {
      ...shared,
      ...node,
      displayName: 'node',
      testMatch: ['<rootDir>/{test,packages/miniprogram-web/test}/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/pages/', '<rootDir>/test/emulator/'],
      setupFiles: ['<rootDir>/test/support/jest/shopClock.cjs'],
    },
    // The clock of the emulator's tests is not shifted, because the emulator has its own clock and starts processes
    // that use the machine's clock.
    {
      ...shared,
      ...node,
      displayName: 'emulator',
      testMatch: ['<rootDir>/{test/emulator,packages/cloudbase-emulator/test}/**/*.test.ts'],
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
      testEnvironment: '<rootDir>/test/support/jest/zoneEnvironment.cjs',
      testEnvironmentOptions: { timeZone },
      globals: { pageHost: 'simulate', phoneZone: timeZone },
    })),
    {
      ...pages,
      displayName: 'pages in the web host',
      testMatch: ['<rootDir>/test/pages/**/*.test.ts'],
      // Builds the templates that the web host runs.
      globalSetup: node.globalSetup,
      globals: {
        pageHost: 'web',
        phoneZone: 'UTC',
        __SITE__: true,
        __PEOPLE__: [{ key: 'visitor', openid: 'oVisitor', name: '访客', nameEn: 'Visitor' }],
      },
    },
  ],
}

// Pages are tested in jsdom with miniprogram-simulate, everything else in Node.
const path = require('node:path')

// Not Beijing's, so that a time that is not converted shows; set before the workers start, which inherit it.
process.env.TZ = 'UTC'

// The suite begins at this time of the shop's day (Beijing), whenever it is started: a test that crosses a day does the
// same at every hour. The shift is chosen once, before the workers start, which inherit it.
const [hours, minutes] = (process.env.TEST_CLOCK ?? '12:00').split(':').map(Number)
const dayMs = 86_400_000
const sinceMidnightMs = (Date.now() + 8 * 3_600_000) % dayMs
const wantedMs = (hours * 60 + minutes) * 60_000
process.env.TEST_CLOCK_SHIFT_MS ??= String((wantedMs - sinceMidnightMs + dayMs) % dayMs)

const shared = {
  rootDir: path.resolve(__dirname, '..'),
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: { '\\.m?[jt]s$': '<rootDir>/test/support/esbuildTransform.cjs' },
  // ESM-only packages that jest has to read as CommonJS
  transformIgnorePatterns: ['/node_modules/(?!(mingo|fast-check|pure-rand)/)'],
}
const pages = {
  ...shared,
  testEnvironment: 'jsdom',
  setupFiles: ['<rootDir>/test/support/shopClock.cjs', '<rootDir>/test/support/pageGlobals.ts'],
}
const shopTimes = '<rootDir>/test/pages/shopTimes.test.ts'
const node = { testEnvironment: 'node', globalSetup: '<rootDir>/test/support/builtFunctions.ts' }
module.exports = {
  testTimeout: 120_000,
  testSequencer: '<rootDir>/support/longestFirst.cjs',
  projects: [
    {
      ...shared,
      ...node,
      displayName: 'node',
      testMatch: ['<rootDir>/{test,packages/miniprogram-web/test}/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/pages/', '<rootDir>/test/emulator/'],
      setupFiles: ['<rootDir>/test/support/shopClock.cjs'],
    },
    // The emulator has a clock of its own, and starts processes that know only the machine's.
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
      testEnvironment: '<rootDir>/test/support/zoneEnvironment.cjs',
      testEnvironmentOptions: { timeZone },
      globals: { phoneZone: timeZone },
    })),
  ],
}

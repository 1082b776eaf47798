// A jest environment that runs a page test as on a phone in another time zone. Only the real process object can change
// Node's time zone; inside a test, process is a copy.
const { TestEnvironment } = require('jest-environment-jsdom')

module.exports = class ZoneEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context)
    this.timeZone = config.projectConfig.testEnvironmentOptions.timeZone
  }

  async setup() {
    this.before = process.env.TZ
    process.env.TZ = this.timeZone
    await super.setup()
  }

  async teardown() {
    process.env.TZ = this.before
    await super.teardown()
  }
}

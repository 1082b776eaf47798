// Moves a test file's clock to the hour at which the test run began (jest.config.cjs), so that all test files run at
// the same hour of the shop's day.
const shiftMs = Number(process.env.TEST_CLOCK_SHIFT_MS)
const RealDate = globalThis.Date
const realNow = RealDate.now.bind(RealDate)
RealDate.now = () => realNow() + shiftMs
const Shifted = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [RealDate.now()], newTarget === Shifted ? target : newTarget),
  apply: (target) => new target(RealDate.now()).toString(),
})
RealDate.prototype.constructor = Shifted
globalThis.Date = Shifted

// Forbids the real clock and real random numbers inside the simulator. Code that uses them fails at once, with the name
// of the function.

/** The forbidden functions that were called. The run fails if there are any, even if the code caught the error. */
export const leaked = new Set<string>()

const leak = (name: string) => () => {
  leaked.add(name)
  throw new Error(`${name} is not the simulator's: use the context`)
}

const closed: readonly [object | undefined, name: string, shown: string][] = [
  [Math, 'random', 'Math.random'],
  [Date, 'now', 'Date.now'],
  [performance, 'now', 'performance.now'],
  [globalThis, 'setTimeout', 'setTimeout'],
  [globalThis, 'setInterval', 'setInterval'],
  [globalThis, 'fetch', 'fetch'],
  // Node 18 has no global crypto object.
  [globalThis.crypto, 'getRandomValues', 'crypto.getRandomValues'],
  [globalThis.crypto, 'randomUUID', 'crypto.randomUUID'],
]

/**
 * Replaces the globals that would make two runs of a seed differ. Does not replace setImmediate, because the runner
 * itself needs it.
 */
export function closeTheLeaks(): void {
  for (const [owner, name, shown] of closed)
    if (owner) Object.defineProperty(owner, name, { value: leak(shown), configurable: true, writable: true })
  globalThis.Date = dateWithoutNow()
}

/** A Date that tells no current time. A plain function, because a derived class makes dates much more slowly. */
function dateWithoutNow(): DateConstructor {
  const Real = Date
  const make = function (this: unknown, ...values: number[]): Date {
    if (values.length === 0) leak('new Date()')()
    // Nearly every caller passes one value. Pass a single value directly, because spreading a list is slower.
    return values.length === 1 ? new Real(values[0] as number) : new Real(...(values as [number]))
  }
  const { now, parse, UTC } = Real
  return Object.assign(make, { prototype: Real.prototype, now, parse, UTC }) as unknown as DateConstructor
}

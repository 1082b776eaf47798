// Inside the simulator nothing may take time or chance from the machine: whoever does so fails at once, with its name.

/** What was used all the same: the run fails by this, even where somebody caught the error. */
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
  // Node 18 has no global crypto.
  [globalThis.crypto, 'getRandomValues', 'crypto.getRandomValues'],
  [globalThis.crypto, 'randomUUID', 'crypto.randomUUID'],
]

/** Replaces the globals that would make a history differ from run to run. setImmediate stays: it drives the runner. */
export function closeTheLeaks(): void {
  for (const [owner, name, shown] of closed)
    if (owner) Object.defineProperty(owner, name, { value: leak(shown), configurable: true, writable: true })
  globalThis.Date = class extends Date {
    constructor(...values: readonly unknown[]) {
      if (values.length === 0) leak('new Date()')()
      // Nearly every caller gives one value; a call with a list of values is slower.
      if (values.length === 1) super(values[0] as number)
      else super(...(values as [number]))
    }
  } as DateConstructor
}

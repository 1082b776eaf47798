// Inside the simulator nothing may take time or chance from the machine: whoever does so fails at once, with its name.

/** What was used all the same: the run fails by this, even where somebody caught the error. */
export const leaked = new Set<string>()

const leak = (name: string) => () => {
  leaked.add(name)
  throw new Error(`${name} is not the simulator's: use the context`)
}

/** Replaces the globals that would make a history differ from run to run. setImmediate stays: it drives the runner. */
export function closeTheLeaks(): void {
  Math.random = leak('Math.random')
  Date.now = leak('Date.now')
  globalThis.setTimeout = leak('setTimeout') as never
  globalThis.setInterval = leak('setInterval') as never
  globalThis.fetch = leak('fetch') as never
  performance.now = leak('performance.now')
  crypto.getRandomValues = leak('crypto.getRandomValues') as never
  crypto.randomUUID = leak('crypto.randomUUID') as never
  globalThis.Date = class extends Date {
    constructor(...values: readonly unknown[]) {
      if (values.length === 0) leak('new Date()')()
      super(...(values as [number]))
    }
  } as DateConstructor
}

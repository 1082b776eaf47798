// Stores the values of wx.setStorage and similar functions: in the browser's storage, or in memory if the browser forbids
// storage.

/** One user's values by key. */
export interface UserStorage {
  keys(): string[]
  has(key: string): boolean
  /** @returns an empty text if there is no value, as in WeChat */
  read(key: string): unknown
  write(key: string, value: unknown): void
  remove(key: string): void
  clear(): void
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

/**
 * Opens the storage of a user.
 * @param ofTab keys whose values belong to this tab only. WeChat runs one copy of a mini-program, but a browser may run
 *   several copies at once
 */
export function storageOf(openid: string, ofTab: readonly string[] = []): UserStorage {
  const prefix = `phone:${openid}:`
  const shared = storeNamed('localStorage')
  const own = storeNamed('sessionStorage')
  const storeFor = (key: string): Store => (ofTab.includes(key) ? own : shared)
  const namesIn = (store: Store): string[] =>
    Array.from({ length: store.length }, (_, index) => store.key(index) ?? '')
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
  const keys = () => [
    ...namesIn(shared).filter((key) => !ofTab.includes(key)),
    ...namesIn(own).filter((key) => ofTab.includes(key)),
  ]
  const remove = (key: string) => storeFor(key).removeItem(prefix + key)
  return {
    keys,
    has: (key) => storeFor(key).getItem(prefix + key) !== null,
    read(key) {
      const text = storeFor(key).getItem(prefix + key)
      return text === null ? '' : (JSON.parse(text) as unknown)
    },
    write: (key, value) => storeFor(key).setItem(prefix + key, JSON.stringify(value ?? '')),
    remove,
    clear() {
      for (const key of keys()) remove(key)
    },
  }
}

// In a browser that blocks cookies, even reading the variable `localStorage` throws an error.
function storeNamed(name: 'localStorage' | 'sessionStorage'): Store {
  try {
    return window[name]
  } catch {
    return inMemory()
  }
}

function inMemory(): Store {
  const values = new Map<string, string>()
  return {
    get length() {
      return values.size
    },
    key: (index) => [...values.keys()][index] ?? null,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  }
}

// The address bar: which page it names, and the browser's back and forward. A developer's page keeps the mini-program's
// page behind the #; a website gives each page a path of its own, and each page of the stack an entry in the history.

/** Where a website lies. */
export interface Site {
  base: string
  /** pages of the mini-program that are not in this bundle */
  others: string[]
  /** the path of the site that has them */
  elsewhere?: string
}

export interface Addresses {
  /** the page that the address names, as /pages/shop/index?id=1 */
  asked(): string | undefined
  /**
   * A page is shown.
   * @param length of the page stack
   * @param isTab a change between tab pages is a new entry in the history
   */
  show(address: string, length: number, isTab: boolean): void
  /** The stack begins anew with the page of this address. */
  restart(): void
  /** @param handle the address, and how long the page stack was there */
  onAsked(handle: (address: string, length: number) => void): void
}

export const createAddresses = (site: Site | undefined): Addresses => (site ? byPath(site.base) : byHash)

const byHash: Addresses = {
  asked: () => (location.hash.startsWith('#/') ? location.hash.slice(1) : undefined),
  show: (address) => history.replaceState(null, '', `${location.pathname}${location.search}#${address}`),
  restart() {},
  // Another address is another start: no length fits.
  onAsked: (handle) => window.addEventListener('hashchange', () => handle(location.hash.slice(1), 0)),
}

function byPath(base: string): Addresses {
  const depthOf = (state: unknown): number => {
    const { depth } = (state ?? {}) as { depth?: unknown }
    return typeof depth === 'number' ? depth : 1
  }
  // After a reload the stack has one page, and the history may have several before it.
  let shown = depthOf(history.state)
  let first = shown
  let shownAddress: string | undefined
  let wanted: { address: string; depth: number; isTab: boolean } | undefined
  let isGoing = false

  const asked = (): string | undefined => {
    const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length) : ''
    return path === '' ? undefined : `/${path}${location.search}`
  }
  function settle(): void {
    if (!wanted || isGoing) return
    const { address, depth, isTab } = wanted
    if (depth < shown) {
      isGoing = true
      history.go(depth - shown)
      return
    }
    const isNew = depth > shown || (isTab && shownAddress !== undefined && shownAddress !== address)
    history[isNew ? 'pushState' : 'replaceState']({ depth }, '', base + address.slice(1))
    shown = depth
    shownAddress = address
  }
  return {
    asked,
    show(address, length, isTab) {
      wanted = { address, depth: first + length - 1, isTab }
      settle()
    },
    restart() {
      first = shown
    },
    onAsked(handle) {
      window.addEventListener('popstate', (event) => {
        shown = depthOf(event.state)
        // Until a way back of ours has ended, the history still showed a page that is closed.
        shownAddress = isGoing ? undefined : asked()
        if (isGoing) {
          isGoing = false
          settle()
        } else handle(asked() ?? '', shown - first + 1)
      })
    },
  }
}

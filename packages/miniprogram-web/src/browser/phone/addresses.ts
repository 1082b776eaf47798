// Keeps the browser's address bar and history in step with the page stack. A developer's page shows the mini-program's
// page behind #. In a website each page has its own path, and each page of the stack has a history entry.

/** The paths of a website. */
export interface Site {
  base: string
  /** the pages of the mini-program that only the site's other bundle contains */
  others: string[]
  /** the path of the site's other bundle, which contains the pages in `others` */
  elsewhere?: string
}

export interface Addresses {
  /** the page in the address, as /pages/shop/index?id=1; undefined if the address names no page */
  asked(): string | undefined
  /**
   * Shows a page's address.
   * @param length number of pages in the stack
   * @param isTab true: the user changed between tab pages, which makes a new history entry
   */
  show(address: string, length: number, isTab: boolean): void
  /** The page stack starts again with the page of the current address. */
  restart(): void
  /**
   * Calls `handle` when the user goes back or forward or types another address.
   * @param handle gets the new address, and the length that the page stack had at that history entry
   */
  onAsked(handle: (address: string, length: number) => void): void
}

export const createAddresses = (site: Site | undefined): Addresses => (site ? byPath(site.base) : byHash)

const byHash: Addresses = {
  asked: () => (location.hash.startsWith('#/') ? location.hash.slice(1) : undefined),
  show: (address) => history.replaceState(null, '', `${location.pathname}${location.search}#${address}`),
  restart() {},
  // If the user has typed another address, the mini-program starts anew. The length is then 0, because no open page
  // belongs to the new address.
  onAsked: (handle) => window.addEventListener('hashchange', () => handle(location.hash.slice(1), 0)),
}

function byPath(base: string): Addresses {
  const depthOf = (state: unknown): number => {
    const { depth } = (state ?? {}) as { depth?: unknown }
    return typeof depth === 'number' ? depth : 1
  }
  // After a reload the page stack has one page, but the browser's history may have entries before it.
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
        // After our own history.go the old address belongs to a page that is already closed, so forget it.
        shownAddress = isGoing ? undefined : asked()
        if (isGoing) {
          isGoing = false
          settle()
        } else handle(asked() ?? '', shown - first + 1)
      })
    },
  }
}

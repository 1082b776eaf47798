// Creates a back-office list from a declaration: what to read and how a row looks. Handles paging, tabs and failures.
import { codeOf } from '../../services/cloud'
import { type BackOfficePage, backOfficePage, type Declared, type Tap } from './backOffice'
import { adminMessages } from './messages'
import { actionsDone } from './service'

/** Which part of the list to read. The fields have the same names as the server's parameters. */
export interface Part {
  limit: number
  cursor?: string
}

/** One part of a list, as the server returns it. */
export interface Read<Item> {
  items: Item[]
  /** Ids of the documents that cannot be read. */
  broken?: string[]
  cursor?: string | null
}

type Tabs = readonly { value: string; label: string }[]

interface ListData {
  rows: unknown[]
  broken: string
  /** State of the list's next page: no (none is left), yes, loading or failed. */
  more: 'no' | 'yes' | 'loading' | 'failed'
  tabs: Tabs
  tab: string
}

interface Kept {
  items: unknown[]
  brokenIds: string[]
  cursor: string | null
  isLoading: boolean
  read(part: Part): Promise<Read<unknown>>
  /** Adds the items to the list and shows them. */
  take(items: readonly unknown[], brokenIds: readonly string[], read: Read<unknown>): void
}

interface List<Item, Row, Data, Fields, Methods> extends Declared<Data, Fields, Methods> {
  /** The page opens with the first tab, unless its URL names another. */
  tabs?: Tabs
  tabQuery?: string
  read(part: Part): Promise<Read<Item>>
  row(item: Item): Row
  /** Additional page data that the page computes from the items. */
  beside?(items: readonly Item[]): Partial<Data>
}

// TypeScript infers the types of rows and items from functions that use `this`. So the type of `this` must not contain
// these types.
type ListOf<Data, Fields, Methods> = BackOfficePage<Data & ListData, Fields, Methods>
type AnyList = BackOfficePage<ListData, Kept, object>

const pageSize = 20
// The server returns at most this many items in one page.
const longestPage = 50

/**
 * The rows as setData needs them. After loading more, sends only the new rows, because WeChat limits the size of one
 * setData call.
 */
const rowsFrom = (rows: readonly unknown[], from: number): Record<string, unknown> =>
  from === 0 ? { rows } : Object.fromEntries(rows.map((row, index) => [`rows[${from + index}]`, row]))

/**
 * Reloads the list from its beginning, with as many items as the page had loaded before. The old rows stay on screen
 * until the answer arrives.
 */
async function readFirst(page: AnyList): Promise<void> {
  const mine = ++page.round
  // Prevent loading of further pages during the reload, because their cursor belongs to the old list.
  page.isLoading = true
  page.seen = actionsDone()
  const wanted = page.data.state === 'ready' ? Math.max(page.items.length, pageSize) : pageSize
  try {
    const { items, broken = [], cursor = null } = await page.read({ limit: Math.min(wanted, longestPage) })
    const all: Required<Read<unknown>> = { items, broken, cursor }
    while (mine === page.round && all.cursor !== null && all.items.length < wanted) {
      const limit = Math.min(wanted - all.items.length, longestPage)
      const next = await page.read({ limit, cursor: all.cursor })
      all.items = [...all.items, ...next.items]
      all.broken = [...all.broken, ...(next.broken ?? [])]
      all.cursor = next.cursor ?? null
    }
    if (mine !== page.round) return
    page.take([], [], all)
    page.setData({ state: all.items.length > 0 ? 'ready' : 'empty' })
  } catch (error) {
    if (mine !== page.round) return
    page.setData({ more: page.cursor === null ? 'no' : 'yes' })
    page.fail(codeOf(error))
  } finally {
    if (mine === page.round) page.isLoading = false
  }
}

/** Reads the next page; does nothing while a read is running. */
async function readMore(page: AnyList): Promise<void> {
  if (page.isLoading || page.cursor === null || page.data.state !== 'ready') return
  const mine = page.round
  page.isLoading = true
  page.setData({ more: 'loading' })
  try {
    const next = await page.read({ limit: pageSize, cursor: page.cursor })
    if (mine === page.round) page.take(page.items, page.brokenIds, next)
  } catch {
    if (mine === page.round) page.setData({ more: 'failed' })
  } finally {
    if (mine === page.round) page.isLoading = false
  }
}

export function listPage<Item, Row extends object, Data extends object, Fields extends object, Methods extends object>(
  list: List<Item, Row, Data, Fields, Methods> & ThisType<ListOf<Data, Fields, Methods>>,
): void {
  const { tabs = [], tabQuery, row, beside } = list
  backOfficePage<Data, Fields, Methods>(
    {
      ...list,
      open(this: AnyList, query) {
        const chosen = tabs.find(({ value }) => tabQuery !== undefined && value === query[tabQuery])
        if (chosen) this.setData({ tab: chosen.value })
        list.open?.call(this, query)
      },
    },
    {
      data: { rows: [], broken: '', more: 'no', tabs, tab: tabs[0]?.value ?? '' },
      fields: () => ({ items: [], brokenIds: [], cursor: null, isLoading: false }),
      methods: {
        read: list.read,
        load(this: AnyList): Promise<void> {
          return readFirst(this)
        },
        onReachBottom(this: AnyList): Promise<void> {
          return readMore(this)
        },
        onTab(this: AnyList, { detail }: Tap): void {
          if (detail.value !== this.data.tab) this.again({ tab: detail.value })
        },
        take(this: AnyList, items: readonly unknown[], brokenIds: readonly string[], part: Read<unknown>): void {
          const { items: more, broken = [], cursor = null } = part
          Object.assign(this, { items: [...items, ...more], brokenIds: [...brokenIds, ...broken], cursor })
          this.setData({
            ...rowsFrom((more as Item[]).map(row), items.length),
            ...beside?.call(this, this.items as Item[]),
            broken: adminMessages.broken(this.brokenIds),
            more: cursor === null ? 'no' : 'yes',
          })
        },
      },
    },
  )
}

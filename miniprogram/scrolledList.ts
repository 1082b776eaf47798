// A shopper's own list, newest first, which loads more on scrolling. A shopper who returns to the list finds the same
// scroll position.
import type { PageWith } from './componentWith'
import { codeOf, type FailureCode } from './services/cloud'

const pageSize = 20
// The server returns at most this many items in one page.
const sizeLimit = 50

interface ListData {
  state: 'loading' | 'ready' | 'empty' | 'error'
  errorText: string
  cards: unknown[]
  more: 'no' | 'yes' | 'loading' | 'failed'
}

interface Kept {
  items: unknown[]
  cursor: string | null
  /** Number of the newest request, used to drop answers to older requests. */
  round: number
  loadingMore: boolean
}

interface ListPage<Data> extends Kept {
  data: Data & ListData
  setData(data: Partial<Data & ListData>): void
  load(): Promise<void>
}

interface List<Item, Data, Methods> {
  title: string
  data: Data
  errors: Record<FailureCode, string>
  /** The item's number, by which the list is sorted; a newer item has a greater number. */
  numberOf(item: Item): string
  read(cursor: string | null, size: number): Promise<{ items: Item[]; cursor: string | null }>
  card(item: Item): object
  methods: Methods
}

type Reading<Item> = Pick<List<Item, unknown, unknown>, 'read' | 'numberOf' | 'errors'>
type Page<Item> = Omit<ListPage<object>, 'items'> & { items: Item[]; show(): void }

/**
 * Reloads the items that are on screen, at most as many as one page of the server. Older items in the list stay
 * unchanged.
 */
async function readAgain<Item>(page: Page<Item>, { read, numberOf, errors }: Reading<Item>): Promise<void> {
  const mine = ++page.round
  page.loadingMore = false
  try {
    const size = Math.min(sizeLimit, Math.max(pageSize, page.items.length))
    const { items, cursor } = await read.call(page, null, size)
    if (mine !== page.round) return
    const last = items[items.length - 1]
    const older = cursor === null || !last ? [] : page.items.filter((item) => numberOf(item) < numberOf(last))
    page.items = [...items, ...older]
    if (older.length === 0) page.cursor = cursor
    page.show()
  } catch (error) {
    if (mine !== page.round) return
    const errorText = errors[codeOf(error)]
    if (page.data.state === 'ready') {
      page.show()
      wx.showToast({ title: errorText, icon: 'none' })
    } else page.setData({ state: 'error', errorText })
  }
}

async function readOn<Item>(page: Page<Item>, { read, numberOf }: Reading<Item>): Promise<void> {
  if (page.loadingMore || page.cursor === null || page.data.state !== 'ready') return
  const mine = page.round
  page.loadingMore = true
  page.setData({ more: 'loading' })
  try {
    const { items, cursor } = await read.call(page, page.cursor, pageSize)
    if (mine !== page.round) return
    const known = new Set(page.items.map(numberOf))
    page.items = [...page.items, ...items.filter((item) => !known.has(numberOf(item)))]
    page.cursor = cursor
    page.show()
  } catch {
    if (mine === page.round) page.setData({ more: 'failed' })
  } finally {
    if (mine === page.round) page.loadingMore = false
  }
}

export function scrolledList<Item, Data extends object, Methods extends object>(
  list: List<Item, Data, Methods> & ThisType<ListPage<Data> & Methods>,
): void {
  const { title, data, card, methods } = list
  type Fields = Omit<Kept, 'items'> & { items: Item[] }
  ;(Component as PageWith<Fields>)({
    data: { state: 'loading', errorText: '', cards: [], more: 'no', ...data } as ListData,
    lifetimes: {
      created() {
        this.items = []
        this.cursor = null
        this.round = 0
        this.loadingMore = false
      },
    },
    methods: {
      onLoad(): void {
        wx.setNavigationBarTitle({ title })
      },
      onShow(): void {
        this.load()
      },
      async onPullDownRefresh(): Promise<void> {
        await this.load()
        wx.stopPullDownRefresh()
      },
      onReachBottom(): void {
        this.loadMore()
      },
      onMore(): void {
        this.loadMore()
      },
      onRetry(): void {
        this.setData({ state: 'loading' })
        this.load()
      },
      load(): Promise<void> {
        return readAgain(this as never, list)
      },
      loadMore(): Promise<void> {
        return readOn(this as never, list)
      },
      show(): void {
        this.setData({
          state: this.items.length > 0 ? 'ready' : 'empty',
          cards: this.items.map(card),
          more: this.cursor === null ? 'no' : 'yes',
        })
      },
      ...methods,
    },
  })
}

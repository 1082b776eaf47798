// A list that is read page by page: what has come, what comes next, and which answer is still wanted.
import { codeOf, type FailureCode } from '../../services/cloud'
import { adminMessages } from './messages'
import { deedsDone } from './service'

export interface Endless<T> {
  items: T[]
  /** the numbers of those that cannot be read */
  broken: string[]
  cursor: string | null
  /** counts what was begun, so that an answer to an older question is dropped */
  round: number
  isLoading: boolean
  /** the deeds done when it was read */
  seen: number
}

export type PlaceState = 'loading' | 'ready' | 'empty' | 'error' | 'forbidden'
export type MoreState = 'no' | 'yes' | 'loading' | 'failed'

/** Which part of a list is asked for, in the words of the server. */
export interface Part {
  limit: number
  cursor?: string
}

interface Shown {
  setData(data: { state?: PlaceState; errorText?: string; more?: MoreState; broken?: string }): void
  data: { state: PlaceState }
}

/** A part of a list, as the server gave it. */
export interface Read<T> {
  items: T[]
  broken: string[]
  cursor: string | null
}

type ReadPart<T> = (part: Part) => Promise<Read<T>>
/** Shows what was read, from this row on; the rows before it stand already. */
type Show = (from: number) => void

const pageSize = 20
// More the server does not give at once.
const longestPage = 50

export const newEndless = <T>(): Endless<T> => ({
  items: [],
  broken: [],
  cursor: null,
  round: 0,
  isLoading: false,
  seen: -1,
})

export const placeOf = (code: FailureCode): PlaceState => (code === 'Forbidden' ? 'forbidden' : 'error')

const moreAfter = (cursor: string | null): MoreState => (cursor === null ? 'no' : 'yes')

/** Rows for setData: all of them, or those from `from` on alone, because what is sent at once is limited. */
export const rowsFrom = <T, R>(items: readonly T[], from: number, rowOf: (item: T) => R): Record<string, unknown> =>
  from === 0
    ? { rows: items.map(rowOf) }
    : Object.fromEntries(items.slice(from).map((item, index) => [`rows[${from + index}]`, rowOf(item)]))

/** Reads the list anew from its beginning; what stands on the screen stays until it is there. */
export async function readFirst<T>(page: Shown, list: Endless<T>, read: ReadPart<T>, show: Show): Promise<void> {
  const mine = ++list.round
  // Meanwhile nothing is read on: the cursor is that of the old list.
  list.isLoading = true
  list.seen = deedsDone()
  // Who has scrolled on finds the place again.
  const wanted = page.data.state === 'ready' ? Math.max(list.items.length, pageSize) : pageSize
  try {
    let { items, broken, cursor } = await read({ limit: Math.min(wanted, longestPage) })
    while (mine === list.round && cursor !== null && items.length < wanted) {
      const next = await read({ limit: Math.min(wanted - items.length, longestPage), cursor })
      items = [...items, ...next.items]
      broken = [...broken, ...next.broken]
      cursor = next.cursor
    }
    if (mine !== list.round) return
    Object.assign(list, { items, broken, cursor })
    show(0)
    page.setData({
      state: items.length > 0 ? 'ready' : 'empty',
      more: moreAfter(cursor),
      broken: adminMessages.broken(broken),
    })
  } catch (error) {
    if (mine !== list.round) return
    list.seen = -1
    const code = codeOf(error)
    const errorText = adminMessages.errors[code]
    if (page.data.state === 'ready' && code !== 'Forbidden') {
      page.setData({ more: moreAfter(list.cursor) })
      wx.showToast({ title: errorText, icon: 'none' })
    } else page.setData({ state: placeOf(code), errorText })
  } finally {
    if (mine === list.round) list.isLoading = false
  }
}

/** Reads the next page, once however often it is asked for. */
export async function readMore<T>(page: Shown, list: Endless<T>, read: ReadPart<T>, show: Show): Promise<void> {
  if (list.isLoading || list.cursor === null || page.data.state !== 'ready') return
  const mine = list.round
  const from = list.items.length
  list.isLoading = true
  page.setData({ more: 'loading' })
  try {
    const { items, broken, cursor } = await read({ limit: pageSize, cursor: list.cursor })
    if (mine !== list.round) return
    list.items = [...list.items, ...items]
    list.broken = [...list.broken, ...broken]
    list.cursor = cursor
    show(from)
    page.setData({ more: moreAfter(cursor), broken: adminMessages.broken(list.broken) })
  } catch {
    if (mine === list.round) page.setData({ more: 'failed' })
  } finally {
    if (mine === list.round) list.isLoading = false
  }
}

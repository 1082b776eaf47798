// A list that is read page by page: what has come, what comes next, and which answer is still wanted.
import { codeOf, type FailureCode } from '../../services/cloud'
import { adminMessages } from './messages'

export interface Endless<T> {
  items: T[]
  cursor: string | null
  /** counts what was begun, so that an answer to an older question is dropped */
  round: number
  isLoading: boolean
}

export type PlaceState = 'loading' | 'ready' | 'empty' | 'error' | 'forbidden'
export type MoreState = 'no' | 'yes' | 'loading' | 'failed'

interface Shown {
  setData(data: { state?: PlaceState; errorText?: string; more?: MoreState }): void
  data: { state: PlaceState }
}

type Read<T> = (cursor: string | null) => Promise<{ items: T[]; cursor: string | null }>

export const newEndless = <T>(): Endless<T> => ({ items: [], cursor: null, round: 0, isLoading: false })

export const placeOf = (code: FailureCode): PlaceState => (code === 'Forbidden' ? 'forbidden' : 'error')

/** Reads the first page anew; what stands on the screen stays until it is there. */
export async function readFirst<T>(page: Shown, list: Endless<T>, read: Read<T>, show: () => void): Promise<void> {
  const mine = ++list.round
  list.isLoading = false
  try {
    const { items, cursor } = await read(null)
    if (mine !== list.round) return
    list.items = items
    list.cursor = cursor
    show()
    page.setData({ state: items.length > 0 ? 'ready' : 'empty', more: cursor === null ? 'no' : 'yes' })
  } catch (error) {
    if (mine !== list.round) return
    const code = codeOf(error)
    const errorText = adminMessages.errors[code]
    if (page.data.state === 'ready' && code !== 'Forbidden') wx.showToast({ title: errorText, icon: 'none' })
    else page.setData({ state: placeOf(code), errorText })
  }
}

/** Reads the next page, once however often it is asked for. */
export async function readMore<T>(page: Shown, list: Endless<T>, read: Read<T>, show: () => void): Promise<void> {
  if (list.isLoading || list.cursor === null || page.data.state !== 'ready') return
  const mine = list.round
  list.isLoading = true
  page.setData({ more: 'loading' })
  try {
    const { items, cursor } = await read(list.cursor)
    if (mine !== list.round) return
    list.items = [...list.items, ...items]
    list.cursor = cursor
    show()
    page.setData({ more: cursor === null ? 'no' : 'yes' })
  } catch {
    if (mine === list.round) page.setData({ more: 'failed' })
  } finally {
    if (mine === list.round) list.isLoading = false
  }
}

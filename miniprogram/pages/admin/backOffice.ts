// What every page of the back office does by itself: its title, one action at a time, pull-down, "load again", and
// reading anew after an action on another page. listPage, detailPage and formPage build on it.
import { codeOf, type Detail, detailsOf, type FailureCode } from '../../services/cloud'
import { copy } from './dialogs'
import { adminMessages } from './messages'
import { actionsDone } from './service'
import { go } from './ways'

export type PlaceState = 'loading' | 'ready' | 'empty' | 'error' | 'forbidden'

/** What the way to a page carries. */
export type Query = Record<string, string | undefined>

/** A tap, a choice or typed text on an element that carries data. */
export interface Tap<Carried = object> {
  currentTarget: { dataset: Carried }
  detail: { value: string }
}

export interface Standing {
  a: typeof adminMessages
  state: PlaceState
  errorText: string
  /** the action that is under way; empty for none */
  busy: string
}

interface Screen<Data> {
  data: Data
  setData(data: Partial<Data> & Record<string, unknown>, after?: () => void): void
}

export interface Own {
  /** counts what was begun, so that a slower answer to an older question is dropped */
  round: number
  /** the actions done when the page was read */
  seen: number
  load(): Promise<void>
  /** reads anew with other choices, behind the sign of loading */
  again(changes: Record<string, unknown>): void
  /** says what went wrong: in the page's place, or above what stands there */
  fail(code: FailureCode): void
  /** does this unless another action is under way; @param words what is said instead of the general sentence */
  perform(name: string, work: () => Promise<void>, words?: Partial<Record<FailureCode, string>>): Promise<void>
}

/** A page as its own methods see it. */
export type BackOfficePage<Data, Fields, Methods> = Screen<Data & Standing> & Own & Fields & Methods

/** What a page declares beside what its factory asks for. */
export interface Declared<Data, Fields, Methods> {
  title: string | ((query: Query) => string)
  data: Data
  /** what the page keeps beside what it shows */
  fields?: () => Fields
  /** reads anew whenever it shows again, not only after an action on another page */
  isAlwaysFresh?: boolean
  /** before the first read: what the way here asks for */
  open?(query: Query): void
  methods?: Methods
}

type AnyPage = Screen<Standing> & Own

export const placeOf = (code: FailureCode): PlaceState => (code === 'Forbidden' ? 'forbidden' : 'error')

/**
 * Does this unless another action is still under way, however often its button is tapped.
 * @param name what `busy` says meanwhile
 * @param failed says why it did not happen
 */
export async function once(
  page: { data: { busy: string }; setData(data: { busy: string }): void },
  name: string,
  work: () => Promise<void>,
  failed: (code: FailureCode, details: readonly Detail[]) => void | Promise<void>,
): Promise<void> {
  if (page.data.busy !== '') return
  page.setData({ busy: name })
  try {
    await work()
  } catch (error) {
    await failed(codeOf(error), detailsOf(error))
  } finally {
    page.setData({ busy: '' })
  }
}

const ownMethods = {
  async onPullDownRefresh(this: AnyPage): Promise<void> {
    await this.load()
    wx.stopPullDownRefresh()
  },
  onRetry(this: AnyPage): void {
    this.again({})
  },
  /** Opens the page whose address the element carries, if it carries one. */
  onGo(this: AnyPage, { currentTarget }: Tap<{ url?: string }>): void {
    if (currentTarget.dataset.url) go(currentTarget.dataset.url)
  },
  /** Copies the text that the element carries. */
  onCopy(this: AnyPage, { currentTarget }: Tap<{ text: string }>): void {
    copy(currentTarget.dataset.text)
  },
  again(this: AnyPage, changes: Record<string, unknown>): void {
    this.setData({ ...changes, state: 'loading' })
    this.load()
  },
  fail(this: AnyPage, code: FailureCode): void {
    this.seen = -1
    const errorText = adminMessages.errors[code]
    if (this.data.state === 'ready' && code !== 'Forbidden') wx.showToast({ title: errorText, icon: 'none' })
    else this.setData({ state: placeOf(code), errorText })
  },
  async perform(
    this: AnyPage,
    name: string,
    work: () => Promise<void>,
    words: Partial<Record<FailureCode, string>> = {},
  ): Promise<void> {
    await once(this, name, work, async (code) => {
      wx.showToast({ title: words[code] ?? adminMessages.errors[code], icon: 'none' })
      await this.load()
    })
  },
}

/** Makes the page: what all pages do, then what its factory adds, then what the page itself says. */
export function backOfficePage<Data extends object, Fields extends object, Methods extends object>(
  { title, data, fields, isAlwaysFresh = false, open, methods }: Declared<Data, Fields, Methods>,
  factory: { data?: object; fields?: () => object; methods: object },
): void {
  ;(Component as unknown as (options: object) => void)({
    data: { a: adminMessages, state: 'loading', errorText: '', busy: '', ...factory.data, ...data },
    lifetimes: {
      created(this: object): void {
        Object.assign(this, { round: 0, seen: -1 }, factory.fields?.(), fields?.())
      },
    },
    methods: {
      ...ownMethods,
      onLoad(this: AnyPage, query: Query): void {
        wx.setNavigationBarTitle({ title: typeof title === 'string' ? title : title(query) })
        open?.call(this, query)
        this.load()
      },
      onShow(this: AnyPage & { wasShown?: boolean }): void {
        if ((isAlwaysFresh && this.wasShown) || this.seen !== actionsDone()) this.load()
        this.wasShown = true
      },
      ...factory.methods,
      ...methods,
    },
  })
}

// Behaviour that all back-office pages share: the title, one action at a time, pull-down refresh, the retry button, and
// reloading after an action on another page. listPage, detailPage and formPage build on this file.
import { copyText } from '../../services/clipboard'
import { codeOf, type Detail, detailsOf, type FailureCode } from '../../services/cloud'
import { adminMessages } from './messages'
import { actionsDone } from './service'
import { go } from './ways'

export type PlaceState = 'loading' | 'ready' | 'empty' | 'error' | 'forbidden'

/** Query parameters of the page's URL. */
export type Query = Record<string, string | undefined>

/** An event (a tap, a choice or typed text) from an element with data attributes. */
export interface Tap<Carried = object> {
  currentTarget: { dataset: Carried }
  detail: { value: string }
}

export interface Standing {
  a: typeof adminMessages
  state: PlaceState
  errorText: string
  /** Name of the action that is running; empty when no action is running. */
  busy: string
}

interface Screen<Data> {
  data: Data
  setData(data: Partial<Data> & Record<string, unknown>, after?: () => void): void
}

export interface Own {
  /** Number of the newest request. Answers to older requests are dropped. */
  round: number
  /** The count of staff actions when this page last loaded. A higher count now means that the page is outdated. */
  seen: number
  load(): Promise<void>
  /** Loads the page again with other choices, such as another tab. Shows the loading state meanwhile. */
  again(changes: Record<string, unknown>): void
  /** Shows an error: in place of the page if nothing is loaded yet, otherwise above the content. */
  fail(code: FailureCode): void
  /**
   * Runs an action, unless another action is running.
   * @param words sentences that replace the general error messages, by failure code
   */
  perform(name: string, work: () => Promise<void>, words?: Partial<Record<FailureCode, string>>): Promise<void>
}

/** The type of `this` inside a page's own methods. */
export type BackOfficePage<Data, Fields, Methods> = Screen<Data & Standing> & Own & Fields & Methods

/** The parts of a page's declaration that listPage, detailPage and formPage have in common. */
export interface Declared<Data, Fields, Methods> {
  title: string | ((query: Query) => string)
  data: Data
  /** Creates the page's private fields, which are not part of its data. */
  fields?: () => Fields
  /** true: reload each time the page shows. Otherwise the page reloads only after an action on another page. */
  isAlwaysFresh?: boolean
  /** Called before the first load, with the URL's query parameters. */
  open?(query: Query): void
  methods?: Methods
}

type AnyPage = Screen<Standing> & Own

export const placeOf = (code: FailureCode): PlaceState => (code === 'Forbidden' ? 'forbidden' : 'error')

/**
 * Runs an action unless another one is still running, however often its button is tapped.
 * @param name value of `busy` while the action runs
 * @param failed shows why the action failed
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
  /** Opens the page whose URL is in the tapped element's data. */
  onGo(this: AnyPage, { currentTarget }: Tap<{ url?: string }>): void {
    if (currentTarget.dataset.url) go(currentTarget.dataset.url)
  },
  /** Copies the text in the tapped element's data. */
  onCopy(this: AnyPage, { currentTarget }: Tap<{ text: string }>): void {
    void copyText(currentTarget.dataset.text)
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

/** Builds the page from three parts: the shared behaviour, the factory's additions, and the page's own declaration. */
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

// Creates a back-office page about one document from a declaration: what to read and how to show it. Handles reloading,
// failures and late answers.
import { codeOf } from '../../services/cloud'
import { type BackOfficePage, backOfficePage, type Declared, type PlaceState } from './backOffice'
import { actionsDone } from './service'

interface Shown<View> {
  /**
   * Shows the document that an action returned. The page ignores reads that are still running, because their answers
   * are older.
   */
  showNew(view: View): void
}

type DetailOf<View, Data, Fields, Methods> = BackOfficePage<Data, Fields & Shown<View>, Methods>

interface Detail<View, Data, Fields, Methods> extends Declared<Data, Fields, Methods> {
  read(): Promise<View>
  /** Shows the document and returns the page's new state. */
  show(view: View): PlaceState
}

type AnyDetail = DetailOf<unknown, object, Pick<Detail<unknown, object, object, object>, 'read' | 'show'>, object>

// Each function in the declaration needs an explicit return type, because TypeScript must know the return type before
// it can infer `this`.
export function detailPage<View, Data extends object, Fields extends object, Methods extends object>(
  detail: Detail<View, Data, Fields, Methods> & ThisType<DetailOf<View, Data, Fields, Methods>>,
): void {
  backOfficePage<Data, Fields, Methods>(detail, {
    methods: {
      read: detail.read,
      show: detail.show,
      async load(this: AnyDetail): Promise<void> {
        const mine = ++this.round
        this.seen = actionsDone()
        try {
          const view = await this.read()
          if (mine === this.round) put(this, view, mine)
        } catch (error) {
          if (mine === this.round) this.fail(codeOf(error))
        }
      },
      showNew(this: AnyDetail, view: unknown): void {
        put(this, view, ++this.round)
      },
    },
  })
}

/** `show` may start another read. In that case the later read sets the page's state. */
function put(page: AnyDetail, view: unknown, round: number): void {
  const state = page.show(view)
  if (round === page.round) page.setData({ state })
}

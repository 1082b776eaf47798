// One thing of the back office as a declaration: what is read, and what the page shows of it. Reading anew, failures and
// answers that come late are done here.
import { codeOf } from '../../services/cloud'
import { type BackOfficePage, backOfficePage, type Declared, type PlaceState } from './backOffice'
import { actionsDone } from './service'

interface Shown<View> {
  /** an action brought this: it is newer than whatever was asked before, which is not waited for */
  showNew(view: View): void
}

type DetailOf<View, Data, Fields, Methods> = BackOfficePage<Data, Fields & Shown<View>, Methods>

interface Detail<View, Data, Fields, Methods> extends Declared<Data, Fields, Methods> {
  read(): Promise<View>
  /** puts it on the page, whose state is the answer */
  show(view: View): PlaceState
}

type AnyDetail = DetailOf<unknown, object, Pick<Detail<unknown, object, object, object>, 'read' | 'show'>, object>

// The types need each function's result written down: only so are they known before `this` is.
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

/** What was shown may itself have asked for another reading: then its state is not known yet. */
function put(page: AnyDetail, view: unknown, round: number): void {
  const state = page.show(view)
  if (round === page.round) page.setData({ state })
}

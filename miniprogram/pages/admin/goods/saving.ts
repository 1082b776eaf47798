// What the forms of products and plans share: the questions before a price or a sale changes, and what is said when
// nothing was saved.
import { once } from '../backOffice'
import { agreed } from '../dialogs'
import { adminMessages } from '../messages'
import { t } from './messages'

interface Form {
  data: { busy: string }
  setData(data: { busy?: string; problem?: string; isStale?: boolean }): void
}

/** Does this once; what went wrong stands below the form. @param isStored whether there is something to be stale */
export function saveOnce(form: Form, isStored: boolean, work: () => Promise<void>): Promise<void> {
  const begin = () => {
    form.setData({ problem: '' })
    return work()
  }
  return once(form, 'save', begin, (code) => {
    const isStale = code === 'Conflict' && isStored
    const words: Partial<Record<typeof code, string>> = {
      Conflict: isStale ? t.changed : t.taken,
      BadInput: t.refused,
      Network: t.unsaved,
    }
    form.setData({ problem: words[code] ?? adminMessages.errors[code], isStale })
  })
}

/** Asks where a price is new or another one, and says all of it. @param before undefined: it was never saved */
export async function agreedPrice(title: string, before: string | undefined, after: string): Promise<boolean> {
  if (before === after) return true
  const question =
    before === undefined
      ? { title: t.sureNewTitle, content: t.sureNew(title, after) }
      : { title: t.sureTitle, content: t.surePrice(title, before, after) }
  return agreed({ ...question, confirmText: adminMessages.save })
}

/** Asks before something is retired; putting it back needs no question. */
export async function agreedSale(onSale: boolean, content: string): Promise<boolean> {
  return !onSale || agreed({ title: t.retireTitle, content, confirmText: t.retire })
}

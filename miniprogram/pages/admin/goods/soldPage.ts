// The form of a product or a plan. A new price must be confirmed, and one tap takes the item off sale or puts it back.
import { inLanguage } from '../../../messages'
import { skuPattern } from '../../../rules/numbers'
import { longest } from '../../../rules/terms'
import { agreed } from '../dialogs'
import type { Field, Texts } from '../formFields'
import { formPage } from '../formPage'
import { adminMessages } from '../messages'
import { t } from './messages'

type FieldName = keyof typeof t.fields

interface Sold {
  title: string
  titleEn: string
  onSale: boolean
}

interface SoldPage<Wish extends Sold, Name extends FieldName> {
  /** Page titles for an existing and for a new item, and the confirmation question for taking an item off sale. */
  names: { one: string; another: string; retire: string }
  /** Name of the field that holds the item's code. The page's URL parameter has the same name. */
  code: keyof Wish & Name
  /** Additional page data and their initial values. */
  data?: object
  /** The form's fields. Their labels come from messages.ts. */
  rows: readonly Omit<Field<Name>, 'label'>[]
  /** Reads the item with this code, and the additional page data. */
  find(code: string): Promise<{ stored: Stored<Wish> | undefined; beside?: object }>
  formOf(wish: Wish): Texts<Name>
  wishOf(form: Texts<Name>, onSale: boolean): Wish
  /** Everything that a shopper will pay, as one text for the confirmation dialog. */
  price(wish: Wish): string
  /** Stores the item. A repeated call is harmless, because the server stores each version only once. */
  store(version: number | null, wish: Wish): Promise<Stored<Wish>>
}

type Row<Name extends FieldName> = Omit<Field<Name>, 'label'>

/** The row of the item's code, which cannot change once the item is stored. */
export const codeRow = <Name extends FieldName>(name: Name): Row<Name> => ({
  name,
  longest: 64,
  hint: t.hints.sku,
  isFixed: true,
  rule: (text) => !skuPattern.test(text) && t.problems.code,
})

/** The rows of the names and notes, in both languages. */
export const wordRows: readonly Row<'title' | 'titleEn' | 'note' | 'noteEn'>[] = [
  { name: 'title', longest: longest.title, rule: (text) => text === '' && t.problems.title },
  { name: 'titleEn', longest: longest.title, rule: (text) => text === '' && t.problems.title },
  { name: 'note', longest: longest.subtitle },
  { name: 'noteEn', longest: longest.subtitle },
]

/** The row of the item's place in the list. */
export const rankRow: Row<'rank'> = {
  name: 'rank',
  kind: 'number',
  initial: '100',
  longest: 4,
  hint: t.hints.rank,
  rule: (text) => !/^\d{1,4}$/.test(text) && t.problems.rank,
}

export type Stored<Wish> = Wish & { version: number }

/**
 * Asks for confirmation when the price is new or changed. @param before the old price text; undefined for a new item
 */
async function agreedPrice(title: string, before: string | undefined, after: string): Promise<boolean> {
  if (before === after) return true
  const question =
    before === undefined
      ? { title: t.sureNewTitle, content: t.sureNew(title, after) }
      : { title: t.sureTitle, content: t.surePrice(title, before, after) }
  return agreed({ ...question, confirmText: adminMessages.save })
}

export function soldPage<Wish extends Sold, Name extends FieldName>(sold: SoldPage<Wish, Name>): void {
  const { names, code, rows, formOf, price } = sold
  formPage({
    title: (query) => (query[code] ? names.one : names.another),
    data: { t, onSale: true, ...(sold.data as object) },
    rows: rows.map((row) => ({ ...row, label: t.fields[row.name] })),
    isNew: (query) => !query[code],
    formOf: (stored: Stored<Wish>): Texts<Name> => formOf(stored),
    async read(query): Promise<Stored<Wish> | undefined> {
      const { stored, beside } = await sold.find(query[code] ?? '')
      this.setData({ ...beside, ...(stored && { onSale: stored.onSale }) })
      return stored
    },
    async save(form): Promise<void> {
      const wish = sold.wishOf(form, this.data.onSale)
      const { stored } = this
      const title = inLanguage(wish.title, wish.titleEn)
      if (await agreedPrice(title, stored && price(stored), price(wish))) await this.send(wish)
    },
    words: (failure, isStored, details) =>
      details.some(({ rule }) => rule === 'virtual')
        ? t.problems.virtual
        : { Conflict: isStored ? t.changed : t.taken, BadInput: t.refused, Network: t.unsaved }[failure as string],
    methods: {
      async send(wish: Wish): Promise<void> {
        const stored = await sold.store(this.stored?.version ?? null, wish)
        this.query = { [code]: String(wish[code]) }
        this.setData({ onSale: stored.onSale })
        this.put(stored)
        wx.setNavigationBarTitle({ title: names.one })
        wx.showToast({ title: adminMessages.saved, icon: 'success' })
      },
      /** Takes the item off sale or puts it back on sale, at once. Typed values that are not saved stay in the form. */
      async onSaleTap(): Promise<void> {
        const { stored } = this
        if (!stored) return
        await this.saveOnce(async () => {
          const question = { title: t.retireTitle, content: names.retire, confirmText: t.retire }
          if (stored.onSale && !(await agreed(question))) return
          const { form } = this
          const { version: _, ...wish } = stored
          await this.send({ ...(wish as unknown as Wish), onSale: !stored.onSale })
          this.form = form
          this.showRows({})
        })
      },
    },
  })
}

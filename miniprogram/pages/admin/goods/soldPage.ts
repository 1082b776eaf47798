// The form of something that the shop sells, a product or a plan: new prices are confirmed, and it is retired or put
// back on sale with one tap.
import { inLanguage } from '../../../messages'
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
  /** what it is called, stored and new, and what is said before it is retired */
  names: { one: string; another: string; retire: string }
  /** the field that is its code, under which the way here carries it too */
  code: keyof Wish & Name
  /** what else the page shows, before it was read */
  data?: object
  /** a field is called what the messages call it */
  rows: readonly Omit<Field<Name>, 'label'>[]
  /** what is stored under this code, and what else the page shows */
  find(code: string): Promise<{ stored: Stored<Wish> | undefined; beside?: object }>
  formOf(wish: Wish): Texts<Name>
  wishOf(form: Texts<Name>, onSale: boolean): Wish
  /** all that a shopper pays, as one text: what a person confirms */
  price(wish: Wish): string
  /** the same once more is done already: the version says so */
  store(version: number | null, wish: Wish): Promise<Stored<Wish>>
}

export type Stored<Wish> = Wish & { version: number }

/** Asks where a price is new or another one, and says all of it. @param before undefined: it was never saved */
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
    words: (failure, isStored) =>
      ({ Conflict: isStored ? t.changed : t.taken, BadInput: t.refused, Network: t.unsaved })[failure as string],
    methods: {
      async send(wish: Wish): Promise<void> {
        const stored = await sold.store(this.stored?.version ?? null, wish)
        this.query = { [code]: String(wish[code]) }
        this.setData({ onSale: stored.onSale })
        this.put(stored)
        wx.setNavigationBarTitle({ title: names.one })
        wx.showToast({ title: adminMessages.saved, icon: 'success' })
      },
      /** Retires, or puts back on sale, what is stored; what was typed meanwhile stays typed. */
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

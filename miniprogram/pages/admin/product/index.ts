// One product: its form for owners, retired and put back with one tap.
import type { StaffProductView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { codeOf } from '../../../services/cloud'
import { type PlaceState, placeOf } from '../backOffice'
import { t } from '../goods/messages'
import { agreedPrice, agreedSale, saveOnce } from '../goods/saving'
import { adminMessages } from '../messages'
import { act, ask, whoAmI } from '../service'
import { decimalsOf, fenOf, yuanOf } from '../texts'

type Name = 'sku' | 'title' | 'titleEn' | 'note' | 'noteEn' | 'price' | 'currency' | 'rank'

const empty: Record<Name, string> = {
  sku: '',
  title: '',
  titleEn: '',
  note: '',
  noteEn: '',
  price: '',
  currency: 'CNY',
  rank: '100',
}

interface Fields {
  sku: string
  product: StaffProductView | undefined
}

const formOf = (product: StaffProductView): Record<Name, string> => ({
  sku: product.sku,
  title: product.title,
  titleEn: product.titleEn,
  note: product.note,
  noteEn: product.noteEn,
  price: yuanOf(product.priceFen, decimalsOf(product.currency)),
  currency: product.currency,
  rank: String(product.rank),
})

const priceOf = ({ priceFen, currency }: Pick<StaffProductView, 'priceFen' | 'currency'>): string =>
  moneyText(priceFen, currency)

/** What is wrong with a form, by field, and what it says when nothing is. */
function readForm(form: Record<Name, string>, onSale: boolean) {
  const currency = form.currency.trim().toUpperCase()
  const priceFen = fenOf(form.price, decimalsOf(currency))
  const problems: Partial<Record<Name, string>> = {
    ...(!/^[\w.-]{1,64}$/.test(form.sku.trim()) && { sku: t.problems.code }),
    ...(form.title.trim() === '' && { title: t.problems.title }),
    ...(form.titleEn.trim() === '' && { titleEn: t.problems.title }),
    ...(!priceFen && { price: t.problems.amount }),
    ...(!/^[A-Z]{3}$/.test(currency) && { currency: t.problems.currency }),
    ...(!/^\d{1,4}$/.test(form.rank.trim()) && { rank: t.problems.rank }),
  }
  const product = {
    sku: form.sku.trim(),
    title: form.title.trim(),
    titleEn: form.titleEn.trim(),
    note: form.note.trim(),
    noteEn: form.noteEn.trim(),
    priceFen: priceFen ?? 0,
    currency,
    onSale,
    rank: Number(form.rank),
  }
  return { problems, product }
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    isNew: true,
    onSale: true,
    form: empty,
    problems: {} as Partial<Record<Name, string>>,
    problem: '',
    mayChange: false,
    isStale: false,
    busy: '',
  },
  lifetimes: {
    created() {
      this.sku = ''
      this.product = undefined
    },
  },
  methods: {
    onLoad(query: { sku?: string }): void {
      this.sku = query.sku ?? ''
      wx.setNavigationBarTitle({ title: this.sku === '' ? t.newProduct : t.product })
      this.load()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      try {
        const [{ products }, { role }] = await Promise.all([ask('products', {}), whoAmI()])
        const product = products.find(({ sku }) => sku === this.sku)
        if (this.sku !== '' && !product) {
          this.setData({ state: 'error', errorText: adminMessages.errors.NotFound })
          return
        }
        if (this.sku === '' && role !== 'owner') this.setData({ state: 'forbidden' })
        else this.setData({ state: 'ready', mayChange: role === 'owner', isStale: false, problem: '' })
        if (product) this.show(product)
      } catch (error) {
        const code = codeOf(error)
        this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
      }
    },
    show(product: StaffProductView): void {
      this.product = product
      this.setData({ isNew: false, onSale: product.onSale, form: formOf(product), problems: {} })
    },
    onInput(event: WechatMiniprogram.Input<{ name: Name }>): void {
      const { name } = event.currentTarget.dataset as { name: Name }
      this.setData({ [`form.${name}`]: event.detail.value, [`problems.${name}`]: '', problem: '' })
    },
    async onSave(): Promise<void> {
      if (this.data.busy !== '' || !this.data.mayChange) return
      const { problems, product } = readForm(this.data.form, this.data.onSale)
      this.setData({ problems, problem: '' })
      if (Object.keys(problems).length > 0) return
      const before = this.product
      const title = inLanguage(product.title, product.titleEn)
      await saveOnce(this, before !== undefined, async () => {
        if (await agreedPrice(title, before && priceOf(before), priceOf(product))) await this.send(product)
      })
    },
    /** Retires, or puts back on sale, what is stored; what was typed meanwhile stays typed. */
    async onSaleTap(): Promise<void> {
      const { product } = this
      if (!product) return
      await saveOnce(this, true, async () => {
        if (!(await agreedSale(product.onSale, t.retireText))) return
        const { form } = this.data
        const { version: _, ...stored } = product
        await this.send({ ...stored, onSale: !product.onSale })
        this.setData({ form })
      })
    },
    async send(product: Omit<StaffProductView, 'version'>): Promise<void> {
      const version = this.product?.version ?? null
      // The same once more is done already: the version says so.
      const saved = await act('saveProduct', { version, product }, { repeats: true })
      this.sku = product.sku
      this.show(saved.product)
      wx.setNavigationBarTitle({ title: t.product })
      wx.showToast({ title: adminMessages.saved, icon: 'success' })
    },
  },
})

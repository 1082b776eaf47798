// The form of one product, for owners.

import type { StaffProductView } from '../../../../cloudfunctions/shared/api/admin'
import { moneyText } from '../../../money'
import { majorText, shownDecimals } from '../../../rules/money'
import { currencyPattern } from '../../../rules/numbers'
import { type Field, optionsOf } from '../formFields'
import { t } from '../goods/messages'
import { codeRow, rankRow, soldPage, wordRows } from '../goods/soldPage'
import { act, ask } from '../service'
import { fenOf } from '../texts'

type Name = 'sku' | 'title' | 'titleEn' | 'note' | 'noteEn' | 'price' | 'currency' | 'kind' | 'rank'

const currencyOf = (text: string): string => text.trim().toUpperCase()

soldPage({
  names: { one: t.product, another: t.newProduct, retire: t.retireText },
  code: 'sku',
  rows: [
    codeRow('sku'),
    ...wordRows,
    {
      name: 'price',
      kind: 'digit',
      longest: 14,
      sample: '86.00',
      rule: (text, { currency }) => !fenOf(text, shownDecimals(currencyOf(currency))) && t.problems.amount,
    },
    {
      name: 'currency',
      initial: 'CNY',
      longest: 3,
      rule: (text) => !currencyPattern.test(currencyOf(text)) && t.problems.currency,
    },
    {
      name: 'kind',
      kind: 'choice',
      initial: 'goods',
      hint: t.hints.kind,
      options: optionsOf(t.productKinds),
    },
    rankRow,
  ] satisfies readonly Omit<Field<Name>, 'label'>[],
  find: async (code) => ({ stored: (await ask('products', {})).products.find(({ sku }) => sku === code) }),
  formOf: (product: Omit<StaffProductView, 'version'>) => ({
    ...product,
    price: majorText(product.priceFen, shownDecimals(product.currency)),
    rank: String(product.rank),
  }),
  wishOf(form, onSale) {
    const currency = currencyOf(form.currency)
    return {
      sku: form.sku.trim(),
      title: form.title.trim(),
      titleEn: form.titleEn.trim(),
      note: form.note.trim(),
      noteEn: form.noteEn.trim(),
      priceFen: fenOf(form.price, shownDecimals(currency)) ?? 0,
      currency,
      kind: form.kind as StaffProductView['kind'],
      onSale,
      rank: Number(form.rank),
    }
  },
  price: ({ priceFen, currency }) => moneyText(priceFen, currency),
  store: async (version, product) => (await act('saveProduct', { version, product }, { repeats: true })).product,
})

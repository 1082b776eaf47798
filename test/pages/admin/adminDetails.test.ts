// Tests that an order's history never shows our error texts for developers, whichever provider they come from.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createPhone } from '../../support/openPage'

const root = path.resolve(__dirname, '../../../cloudfunctions/shared/providers')

/** All texts in the providers' source code with which a provider says that a payment was refused or not sent. */
function sentences(): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const thrown = /AppError\(\s*(?:'Provider(?:Refused|Unavailable)'|code),\s*(?:`([^`]*)`|'([^']*)')/g
  const all = files.flatMap((name) => [...readFileSync(path.join(root, name), 'utf8').matchAll(thrown)])
  return (
    all
      .map(([, template, text]) =>
        (template ?? text ?? '').replace(/\$\{name\}/, 'openid').replace(/\$\{[^}]*\}+/g, '余额不足'),
      )
      // Leave out texts about bills and complaints, which never appear in an order.
      .filter((text) => !/\bbill\b|statement|\bcomplaints\b/.test(text))
  )
}

test('a provider’s refusal is explained in the reader’s language, with the provider’s own text as a quotation', () => {
  createPhone()
  const { detailText } = jest.requireActual<typeof import('../../../miniprogram/pages/admin/order/details')>(
    '../../../miniprogram/pages/admin/order/details',
  )
  const all = sentences()
  expect(all.length).toBeGreaterThan(12)
  for (const sentence of all) {
    const told = detailText({ what: 'refused', by: 'provider', detail: sentence })
    // Names of companies and fields are not translated.
    const english = told.replace(/Paymax|openid/g, '').match(/[A-Za-z]{2,}/g) ?? []
    expect([sentence, told, english]).toEqual([sentence, told, []])
  }
})

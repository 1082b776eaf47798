// Tests titles with emoji and other four-byte characters. WeChat's services must get a name that they accept and that
// is never empty.
import * as fc from 'fast-check'
import { weChatText } from '../../../cloudfunctions/shared/providers/provider'
import { paymentTitle } from '../../../cloudfunctions/shared/usecases/platform/paymentTitle'

const item = (title: string, titleEn = 'Tea', sku = 'tea-1') => ({ title, titleEn, sku, quantity: 1 })

describe('text for WeChat’s services', () => {
  it.each([
    ['明前龙井', '明前龙井'],
    ['茶🍵客', '茶客'],
    ['茶 🍵 具', '茶 具'],
    ['🕊️', ''],
    ['👨‍👩‍👧', ''],
    ['1️⃣ 号', '1️⃣ 号'],
    ['𠮷野家', '野家'],
    ['a\u0000\tb', 'ab'],
    ['\ud83c', ''],
    ['  ', ''],
  ])('%j becomes %j', (text, expected) => expect(weChatText(text, 127)).toBe(expected))

  it('has no four-byte and no control characters, a limited length, and is visible or empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 4, max: 127 }), (text, maxBytes) => {
        const taken = weChatText(text, maxBytes)
        expect(Buffer.byteLength(taken)).toBeLessThanOrEqual(maxBytes)
        for (const character of taken) expect(Buffer.byteLength(character)).toBeLessThan(4)
        expect(taken).not.toMatch(/\p{Cc}|\p{Cf}/u)
        if (taken !== '') expect(taken).toMatch(/\S/)
      }),
    )
  })
})

describe('the title of a payment', () => {
  it('is the product’s name; if WeChat would show nothing of it, the English name, and at last the sku', () => {
    expect(paymentTitle([item('茶🍵')])).toBe('茶🍵')
    expect(paymentTitle([item('🍵')])).toBe('Tea')
    expect(paymentTitle([item('🍵', '🫖')])).toBe('tea-1')
    expect(paymentTitle([item('🍵', '')])).toBe('tea-1')
    expect(paymentTitle([item(`${'🍵'.repeat(40)}茶`), item('b')])).toBe('Tea 等2件')
    expect(paymentTitle([{ ...item('茶'), quantity: 2 }, item('b')])).toBe('茶 等3件')
  })

  it('always gives WeChat a product’s name', () => {
    const name = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 3 }), (names) => {
        const title = weChatText(paymentTitle(names.map(([title, titleEn]) => item(title, titleEn))), 127)
        expect(title.replace(/等\d件$/, '').trim()).not.toBe('')
      }),
    )
  })
})

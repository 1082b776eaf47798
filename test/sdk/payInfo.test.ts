// Tests which texts OpenMidas accepts as payInfo and appMetadata.
import fc from 'fast-check'
import { isAppMetadata, parsePayInfo } from '../../miniprogram/openmidas/payInfo'

const jsapi = { timeStamp: '1519698041', nonceStr: 'n', package: 'prepay_id=wx1', paySign: 's', signType: 'RSA' }

describe('payInfo', () => {
  test('any JSON object with a signature, URL-encoded, is Midas’s, and is kept as it came', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.base64String({ minLength: 4 }), (data, sign) => {
        const text = `data=${encodeURIComponent(JSON.stringify(data))}&sign=${encodeURIComponent(sign)}`
        expect(parsePayInfo(text)).toEqual({ kind: 'midas', text })
      }),
    )
  })

  test('spaces written as "+" are accepted', () => {
    const text = 'data=%7B%22product_name%22%3A+%22a+b%22%7D&sign=abc'
    expect(parsePayInfo(text)).toEqual({ kind: 'midas', text })
  })

  test('ready JSAPI parameters are read, and other fields are left out', () => {
    const text = JSON.stringify({ ...jsapi, appId: 'wx00', total_fee: 1 })
    expect(parsePayInfo(text)).toEqual({ kind: 'jsapi', parameters: jsapi })
  })

  test('without signType WeChat’s default applies', () => {
    const { signType, ...rest } = jsapi
    expect(parsePayInfo(JSON.stringify(rest))).toEqual({ kind: 'jsapi', parameters: rest })
  })

  test.each([
    ['empty', ''],
    ['a blank', ' '],
    ['no signature', 'data=%7B%7D'],
    ['an empty signature', 'data=%7B%7D&sign='],
    ['a blank signature', 'data=%7B%7D&sign=%20'],
    ['no data', 'sign=abc'],
    ['empty data', 'data=&sign=abc'],
    ['data that is no JSON', 'data=abc&sign=abc'],
    ['data that is a list', 'data=%5B%5D&sign=abc'],
    ['data that is null', 'data=null&sign=abc'],
    ['broken percent signs', 'data=%7B%7&sign=abc'],
    ['two signatures', 'data=%7B%7D&sign=a&sign=b'],
    ['something in front', 'x=1&data=%7B%7D&sign=a'],
    ['a line break', 'data=%7B%7D&sign=a\n&x=1'],
    ['a JSON list', '[]'],
    ['a JSON text', '"data"'],
    ['null', 'null'],
    ['cut JSON', JSON.stringify(jsapi).slice(0, -1)],
    ['a number as time', JSON.stringify({ ...jsapi, timeStamp: 1519698041 })],
    ['a time that is none', JSON.stringify({ ...jsapi, timeStamp: 'now' })],
    ['an empty nonce', JSON.stringify({ ...jsapi, nonceStr: '' })],
    ['no package', JSON.stringify({ ...jsapi, package: undefined })],
    ['an empty paySign', JSON.stringify({ ...jsapi, paySign: '' })],
    ['an unknown signType', JSON.stringify({ ...jsapi, signType: 'SHA1' })],
    ['an object', jsapi],
    ['undefined', undefined],
  ])('%s is no payInfo', (_, payInfo) => {
    expect(parsePayInfo(payInfo)).toBeUndefined()
  })

  test('no value makes it throw', () => {
    fc.assert(fc.property(fc.anything(), (value) => void parsePayInfo(value)))
    fc.assert(fc.property(fc.json(), (value) => void parsePayInfo(value)))
  })
})

describe('appMetadata', () => {
  test('key=value up to 255 characters', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 100 }).filter((key) => !key.includes('=')),
        fc.string({ maxLength: 154 }),
        (key, value) => expect(isAppMetadata(`${key}=${value}`)).toBe(true),
      ),
    )
    expect(isAppMetadata(`k=${'v'.repeat(253)}`)).toBe(true)
  })

  test('256 characters and more are too long', () => {
    fc.assert(fc.property(fc.integer({ min: 254, max: 2000 }), (n) => !isAppMetadata(`k=${'v'.repeat(n)}`)))
  })

  test('a text without "=", or without a key, is none', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => !text.includes('=')),
        (text) => !isAppMetadata(text),
      ),
    )
    fc.assert(fc.property(fc.string(), (value) => !isAppMetadata(`=${value}`)))
  })

  test('it is optional, and must be a text', () => {
    expect([undefined, ''].map(isAppMetadata)).toEqual([true, true])
    expect([5, {}, [], true, null].some(isAppMetadata)).toBe(false)
  })
})

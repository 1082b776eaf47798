// Tests requests to the cashier whose signature would fit another request too.
import { type Reader, shiftedReading, swappedReading } from '../../cloudfunctions/shared/domain/requests/otherReading'
import { valuesText } from '../../cloudfunctions/shared/domain/requests/signedText'

const forms: Record<string, RegExp> = {
  money: /^[1-9]\d{0,9}$/,
  requestKey: /^(?=\D*\d)[\w-]{1,64}$/,
  currencyType: /^(CNY|USD)$/,
  bgUrl: /^https:\/\/race\.example\/paid/,
  pageUrl: /^https:\/\/race\.example/,
  info: /^(?!\d+$)[^a-z]*$|^\d+ .*$/,
  requestChannel: /^\d{1,2}$/,
  rate: /^\d{1,2}\.\d{1,6}$/,
}
const reader: Reader = {
  names: Object.keys(forms),
  required: new Set(['money', 'requestKey', 'currencyType', 'bgUrl', 'pageUrl', 'info']),
  fits: (name, value) => forms[name]?.test(value) === true,
}
const request = (changes: Record<string, string> = {}) => ({
  money: '8600',
  requestKey: 'mk-17',
  currencyType: 'CNY',
  bgUrl: 'https://race.example/paid',
  pageUrl: 'https://race.example/thanks',
  info: '报名费',
  ...changes,
})

describe('values that change places', () => {
  it.each<[string, Record<string, string>, readonly string[] | undefined]>([
    ['an ordinary request has one reading', {}, undefined],
    ['a key that could be an amount', { requestKey: '1234' }, ['money', 'requestKey']],
    ['a key that is too long for an amount', { requestKey: '1464659622189' }, undefined],
    ['a channel that could be an amount, while the amount could not be a channel', { requestChannel: '5' }, undefined],
    [
      'a channel and an amount that could change places',
      { requestChannel: '5', money: '60' },
      ['money', 'requestChannel'],
    ],
    ['equal values', { requestChannel: '60', money: '60' }, undefined],
    ['a page that could be told the result', { pageUrl: 'https://race.example/paid/thanks' }, ['bgUrl', 'pageUrl']],
  ])('%s', (_, changes, expected) => {
    expect(swappedReading(request(changes), reader)).toEqual(expected)
  })

  it('three values that change places in a circle', () => {
    const fields = request({ requestChannel: '60', money: '5', requestKey: 'k7' })
    // Here requestChannel accepts only `60` and `k7`. So the amount `5` cannot move into requestChannel directly. But
    // the key `k7` can move into requestChannel, and then the amount can move into requestKey.
    const narrow: Reader = {
      ...reader,
      fits: (name, value) => (name === 'requestChannel' ? /^(60|k7)$/.test(value) : reader.fits(name, value)),
    }
    expect(swappedReading(fields, narrow)).toEqual(['money', 'requestChannel'])
  })
})

describe('a border that moves between two values', () => {
  it.each<[string, Record<string, string>, readonly string[] | undefined]>([
    ['an amount that cannot be cut', {}, undefined],
    ['an amount of which a channel could be cut', { money: '125' }, ['money', 'requestChannel']],
    ['the same, with a key between the parts', { money: '125', requestKey: '146465' }, undefined],
    ['a rate to which the amount could give a digit', { rate: '6.8' }, ['money', 'rate']],
  ])('%s', (_, changes, expected) => {
    expect(shiftedReading(request(changes), 'secret', reader)).toEqual(expected)
  })

  it('a sentence that begins with a digit', () => {
    const names = reader.names.filter((name) => name !== 'requestChannel')
    expect(shiftedReading(request({ money: '25', info: '9 km' }), 'secret', { ...reader, names })).toEqual([
      'money',
      'info',
    ])
  })

  it('two different requests really have the same signed text', () => {
    const one = request({ rate: '6.8' })
    const other = request({ rate: '6.88', money: '600' })
    expect(valuesText(one, 'secret')).toBe(valuesText(other, 'secret'))
  })
})

// Tests that one signature cannot stand for two orders. Requests with the same values in different fields have the same
// signature. Of such requests the server accepts only requests with one and the same requestKey, whatever text the key
// is.
import * as z from 'zod/mini'
import { type PayField, payFields } from '../../cloudfunctions/shared/api/pay'
import { type Reader, swappedReading } from '../../cloudfunctions/shared/domain/requests/otherReading'
import { readsAsKey } from '../../cloudfunctions/shared/domain/requests/requestKey'

type Fields = Record<string, string>

const texts = [
  '',
  'mk-17',
  'constructor',
  'Tea',
  '报名费',
  '半程 马拉松',
  '🏃7',
  'CNY',
  '12',
  '6.8',
  'a/1',
  'https://a.cn/',
]
const names = ['requestKey', 'info', 'infoEn', 'requestChannel'] as const
const fitsForm = (name: string, value: string) =>
  z.safeParse(payFields[name as PayField] as z.ZodMiniType, value).success

function isAccepted(fields: Fields): boolean {
  const required = new Set(['requestKey', 'info'])
  const isTaken = (word: string) => ['CNY', 'USD', '6.8'].includes(word)
  const reader: Reader = {
    names,
    required,
    fits: (name, value) =>
      fitsForm(name, value) && (name !== 'requestKey' || readsAsKey(value, fields.requestKey ?? '', isTaken)),
  }
  const isFit = names.every((name) => (fields[name] === '' ? !required.has(name) : fitsForm(name, fields[name] ?? '')))
  return isFit && swappedReading(fields, reader) === undefined
}

it('of all requests with the same values, those that are accepted have one key', () => {
  const accepted = new Map<string, Set<string>>()
  for (const requestKey of texts)
    for (const info of texts)
      for (const infoEn of texts)
        for (const requestChannel of texts) {
          const fields: Fields = { requestKey, info, infoEn, requestChannel }
          if (!isAccepted(fields)) continue
          const values = [requestKey, info, infoEn, requestChannel].filter((one) => one !== '')
          const keys = accepted.get(values.sort().join('|')) ?? new Set()
          accepted.set(values.join('|'), keys.add(requestKey))
        }
  expect([...accepted].filter(([, keys]) => keys.size > 1)).toEqual([])
  // Each of the texts is accepted as a key in some request. If no other value of the request could be the key, the
  // server also accepts a key that could be a title.
  const keys = new Set([...accepted.values()].flatMap((some) => [...some]))
  expect([...keys].sort()).toEqual(texts.slice(1).sort())
})

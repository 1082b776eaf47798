// Tests in both languages that the button labels of a confirmation fit into WeChat's dialog.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(__dirname, '../../../miniprogram/pages/admin')
const phone = join(__dirname, '../../../miniprogram')
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))

/** The labels of all confirmations, such as `t.send` or `adminMessages.save`, each with the file that defines `t`. */
const labels = sources.flatMap((path) => {
  const source = readFileSync(join(folder, path), 'utf8')
  const messages = /import \{.*\bt\b.*\} from '(.*messages)'/.exec(source)?.[1] ?? './messages'
  return [...source.matchAll(/(?:confirm|cancel)Text: (t|adminMessages)\.(\w+)/g)].map(([, of = '', name = '']) => ({
    file: of === 't' ? join(folder, path, '..', messages) : join(folder, 'messages'),
    of,
    name,
  }))
})

/** The width of a text: a full-width character counts 2, any other 1. WeChat's limit is four full-width characters. */
const widthOf = (text: string): number => [...text].reduce((sum, sign) => sum + (sign > '\u00ff' ? 2 : 1), 0)

test.each(['zh_CN', 'en'])('the buttons of a question have at most four characters of full width in %s', (language) => {
  jest.resetModules()
  Object.assign(globalThis, { wx: { getAppBaseInfo: () => ({ language }) } })
  expect(labels.length).toBeGreaterThan(9)
  const texts = labels.map(({ file, of, name }) => {
    const messages = require(file) as Record<string, Record<string, unknown>>
    return messages[of]?.[name]
  })
  const { order } = require(join(phone, 'messages')).messages as Record<string, Record<string, unknown>>
  const { contract } = require(join(phone, 'contractMessages')).contractMessages as Record<
    string,
    Record<string, unknown>
  >
  const { privacy } = require(join(phone, 'messages')).messages as Record<string, Record<string, unknown>>
  for (const name of ['again', 'close']) texts.push(privacy?.[name])
  for (const name of ['back', 'pay', 'cancelYes', 'cancelNo', 'albumSettings']) texts.push(order?.[name])
  for (const name of ['endYes', 'endNo']) texts.push(contract?.[name])
  expect(texts.filter((text) => typeof text !== 'string' || widthOf(text) > 8)).toEqual([])
})

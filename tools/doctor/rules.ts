// Signing rules of several providers that sign pairs of name and value. Each rule has a list of the mistakes that
// people make with this rule.
import { aroundKey, type OtherRule, type Part, type Rule } from './doctor'

type Write = (parts: readonly Part[]) => string

const byName = (a: Part, b: Part): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
const byNameWithoutCase = (a: Part, b: Part): number => byName(lower(a), lower(b))
const lower = (part: Part): Part => ({ ...part, name: part.name.toLowerCase() })

const joined = (parts: readonly Part[], between: string, around: string): string =>
  parts.map(({ name, value }) => `${name}${between}${value}`).join(around)

/** Joins `name=value` pairs with &, in several orders of the names. */
export const pairs = {
  sorted: (parts: readonly Part[]) => joined([...parts].sort(byName), '=', '&'),
  asTheyCame: (parts: readonly Part[]) => joined(parts, '=', '&'),
  sortedWithoutCase: (parts: readonly Part[]) => joined([...parts].sort(byNameWithoutCase), '=', '&'),
  withoutSigns: (parts: readonly Part[]) => joined([...parts].sort(byName), '', ''),
} satisfies Record<string, Write>

/** The wrong orders of names that people use. @param make builds a rule from one order */
export const otherOrders = (make: (write: Write) => Rule): OtherRule[] => [
  {
    cause: 'order of the fields',
    why: 'the fields were signed in the order in which they came',
    rule: make(pairs.asTheyCame),
  },
  {
    cause: 'order of the fields',
    why: 'the names were sorted without regard to upper and lower case',
    rule: make(pairs.sortedWithoutCase),
  },
]

/** The wrong places in the text at which people put the key. */
export const otherJoints = (name: string, write: Write, except: string): OtherRule[] =>
  (
    [
      ['behind it with &key=', (text: string, key: string) => `${text}&key=${key}`],
      ['right behind it', (text: string, key: string) => text + key],
      ['right before it', (text: string, key: string) => key + text],
      ['before and behind it', (text: string, key: string) => key + text + key],
      ['behind it with &', (text: string, key: string) => `${text}&${key}`],
    ] as const
  )
    .filter(([how]) => how !== except)
    .map(([how, put]) => ({
      cause: 'joined in another way',
      why: `the ${name} was put ${how}`,
      rule: (parts, key) => aroundKey(name, key, (mark) => put(write(parts), mark)),
    }))

// The schema of the shop's own settings, and the errors about wrong settings. The errors name fields but never quote
// values.
import * as z from 'zod/mini'
import { shippingWays } from '../../../miniprogram/rules/terms'
import type { SettingsProblem } from '../api/admin'
import { AppError } from '../domain/errors'
import { isOrigin } from '../domain/requests/site'
import { readTemplate } from '../domain/telling/message'
import { baseUrl, secret, text } from '../providers/signing'

const template = () =>
  z.optional(z.string().check(z.refine((value) => readTemplate(value) !== undefined, 'not a template')))

export const shopSchema = z
  .strictObject({
    publicUrl: baseUrl(),
    appId: z.optional(text()),
    officialAccount: z.optional(
      z.strictObject({
        appId: text(),
        appSecret: secret(),
        // The addresses of WeChat's servers. In the sandbox, the settings name the address of the fake server instead.
        authorizeUrl: z._default(baseUrl(), 'https://open.weixin.qq.com'),
        apiUrl: z._default(baseUrl(), 'https://api.weixin.qq.com'),
      }),
    ),
    messagePush: z.optional(
      z.strictObject({
        token: secret(/^[A-Za-z0-9]{3,32}$/, 'not a token'),
        aesKey: z.optional(secret(/^[A-Za-z0-9]{43}$/, 'not 43 characters')),
      }),
    ),
    messages: z.optional(
      z.strictObject({
        paid: template(),
        refunded: template(),
        chargeAnnounced: template(),
        chargeFailed: template(),
        newOrder: template(),
      }),
    ),
    sites: z.optional(z.array(z.string().check(z.refine(isOrigin))).check(z.maxLength(20))),
    orderMinutes: z._default(z.int().check(z.gte(1), z.lte(1_440)), 30),
    externalWays: z._default(z.boolean(), false),
    virtualExempt: z._default(z.boolean(), false),
    shipping: z._default(z.enum(['off', ...shippingWays]), 'off'),
    surplus: z._default(z.enum(['wait', 'refund']), 'wait'),
    retryDays: z._default(
      z.array(z.int().check(z.gte(1), z.lte(30))).check(
        z.maxLength(10),
        z.refine((days) => days.every((day, index) => day > (days[index - 1] ?? 0)), 'not rising'),
      ),
      [1, 3, 5],
    ),
    graceDays: z._default(z.int().check(z.gte(0), z.lte(60)), 7),
    // Limits for each person and network address. The highest values of openOrders and attemptsPerHour together must
    // not exceed the number of orders that one query can read.
    limits: z._default(
      z.strictObject({
        openOrders: z._default(z.int().check(z.gte(1), z.lte(500)), 20),
        attemptsPerHour: z._default(z.int().check(z.gte(1), z.lte(500)), 60),
        waitingAttempts: z._default(z.int().check(z.gte(1), z.lte(50)), 5),
        ordersPerAddress: z._default(z.int().check(z.gte(1), z.lte(10_000)), 100),
      }),
      { openOrders: 20, attemptsPerHour: 60, waitingAttempts: 5, ordersPerAddress: 100 },
    ),
  })
  .check(({ value, issues }) => {
    // Each encrypted event contains the appid, and we compare it with this setting. So encryption needs the appid.
    if (value.messagePush?.aesKey !== undefined && value.appId === undefined)
      issues.push({ code: 'custom', path: ['appId'], message: 'missing beside aesKey', input: undefined })
  })

export type Fields = Record<string, unknown>
type Shape = Record<string, z.ZodMiniType>

/**
 * Lists the fields of a settings schema by name. The fields of a group have names such as `limits.openOrders`. A group
 * may be optional as a whole.
 */
export const fieldsOf = (schema: z.ZodMiniType): [name: string, field: z.ZodMiniType][] =>
  Object.entries(shapeOf(schema)).flatMap(([name, field]): [string, z.ZodMiniType][] => {
    const group = fieldsOf(field)
    return group.length === 0 ? [[name, field]] : group.map(([below, one]) => [`${name}.${below}`, one])
  })

function shapeOf(schema: z.ZodMiniType): Shape {
  // `z.ZodMiniType` stands for every kind of schema, so TypeScript does not know whether there is a `shape`. So a cast
  // is needed.
  const { shape, def } = schema as unknown as { shape?: Shape; def?: { in?: z.ZodMiniType; innerType?: z.ZodMiniType } }
  if (shape) return shape
  const inner = def?.in ?? def?.innerType
  return inner ? shapeOf(inner) : {}
}

/** The value of the field with this name. The name may contain a group, as in `limits.openOrders`. */
export const valueAt = (fields: Fields, name: string): unknown => insideOf(fields, name.split('.'))

const insideOf = (fields: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inside, key) => (inside as Record<PropertyKey, unknown> | null | undefined)?.[key], fields)

/**
 * Checks settings against their schema.
 * @throws BadInput with the names of the missing or wrong fields, without their values
 */
export function parseSettings<T>(code: string, schema: z.ZodMiniType<T>, fields: unknown): T {
  if (fields === undefined) throw new AppError('BadInput', `settings of ${code} are missing`)
  const parsed = z.safeParse(schema, fields)
  if (parsed.success) return parsed.data
  const problems = problemsOf(parsed.error.issues, fields)
  const names = problems.map(({ field }) => field + shapeSeen(parsed.error.issues, field)).join(', ')
  throw new AppError('BadInput', `settings of ${code}: missing or wrong: ${names}`, { details: problems })
}

// If the text in a field is not the expected key, describes what the text looks like. Never quotes the text.
function shapeSeen(issues: readonly z.core.$ZodIssue[], field: string): string {
  const issue = issues.find((one) => one.code === 'custom' && one.path.join('.') === field)
  const seen = issue?.code === 'custom' ? issue.params?.seen : undefined
  return typeof seen === 'string' ? ` (${seen})` : ''
}

// Turns the message of a failed check into the rule that the settings page shows. All other messages mean `wrong`.
const rules: readonly [says: RegExp, rule: SettingsProblem['rule']][] = [
  [/another serial number/, 'publicKey'],
  [/http\(s\) address/, 'address'],
  [/not 32 characters/, 'key32'],
  [/not 43 characters/, 'key43'],
  [/not a token/, 'token'],
  [/not a template/, 'template'],
  [/not rising/, 'rising'],
]

/** The first problem of each wrong field. */
function problemsOf(issues: readonly z.core.$ZodIssue[], fields: unknown): SettingsProblem[] {
  const found = new Map<string, SettingsProblem['rule']>()
  const add = (field: string, rule: SettingsProblem['rule']) => found.has(field) || found.set(field, rule)
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) add([...issue.path, key].join('.'), 'unknown')
    else {
      const isMissing = issue.path.length > 0 && insideOf(fields, issue.path) === undefined
      add(issue.path.join('.') || '(all)', isMissing ? 'missing' : ruleOf(issue))
    }
  }
  return [...found].map(([field, rule]) => ({ field, rule }))
}

function ruleOf(issue: z.core.$ZodIssue): SettingsProblem['rule'] {
  if ((issue.code === 'too_small' || issue.code === 'too_big') && issue.origin !== 'string' && issue.origin !== 'array')
    return 'range'
  if (issue.code === 'too_small') return 'missing'
  const rule = issue.code === 'custom' ? issue.params?.rule : undefined
  if (rule === 'privateKey' || rule === 'publicKey') return rule
  return rules.find(([says]) => says.test(issue.message))?.[1] ?? 'wrong'
}

// The shop's own settings, and how settings are refused: by the names of their fields, never by their content.
import * as z from 'zod/mini'
import { AppError } from '../domain/errors'
import { baseUrl, text } from '../providers/signing'

/** The shop's own settings. */
export const shopSchema = z.strictObject({
  publicUrl: baseUrl(),
  appId: z.optional(text()),
  orderMinutes: z._default(z.int().check(z.gte(1), z.lte(1_440)), 30),
  surplus: z._default(z.enum(['wait', 'refund']), 'wait'),
  retryDays: z._default(
    z.array(z.int().check(z.gte(1), z.lte(30))).check(
      z.maxLength(10),
      z.refine((days) => days.every((day, index) => day > (days[index - 1] ?? 0)), 'not rising'),
    ),
    [1, 3, 5],
  ),
  graceDays: z._default(z.int().check(z.gte(0), z.lte(60)), 7),
})

/** @throws BadInput with the names of the fields that are missing or wrong, never with their content */
export function parseSettings<T>(code: string, schema: z.ZodMiniType<T>, fields: unknown): T {
  if (fields === undefined) throw new AppError('BadInput', `settings of ${code} are missing`)
  const parsed = z.safeParse(schema, fields)
  if (parsed.success) return parsed.data
  const names = parsed.error.issues.map(
    (issue) => issue.path.join('.') || ('keys' in issue ? issue.keys.join(', ') : '(all)'),
  )
  throw new AppError('BadInput', `settings of ${code}: missing or wrong: ${[...new Set(names)].join(', ')}`)
}

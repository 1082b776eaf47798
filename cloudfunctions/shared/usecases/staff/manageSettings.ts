import { dayMs } from '../../../../miniprogram/rules/beijing'
import type { AdminInput, AdminResults, NeedView } from '../../api/admin'
import { dismissNotice, generationOf, openKeyCases } from '../../store/notices'
import { readKeyCheck } from '../../store/wechat/keyChecks'
import type { SettingsStanding, StaffContext } from '../platform/context'
import type { Done } from './audited'

const soonMs = 30 * dayMs

/** The settings of the shop and of all providers, without secrets. Only owners may read them. */
export const listSettings = async (ctx: StaffContext): Promise<Done<AdminResults['settings']>> => ({
  result: { settings: await ctx.settings.list() },
})

/**
 * Changes settings. A missing field stays as it is, null removes a field, and the result must be valid. Other function
 * instances use the new settings within a minute. The audit names the changed fields, but not their values.
 * @throws BadInput with the names of the fields; Conflict if the settings were changed meanwhile
 */
export async function saveSettings(
  ctx: StaffContext,
  { code, version, enabled, fields, older }: AdminInput<'saveSettings'>,
): Promise<Done<AdminResults['saveSettings']>> {
  const changed = await ctx.settings.save({ code, version, enabled, fields, older, now: ctx.now() })
  await forgetRefusals(ctx, code, older)
  return { result: { settings: await ctx.settings.list() }, outcome: { changed: changed.join(', ') } }
}

/**
 * Dismisses the cases about keys that a provider refused, because staff may have replaced those keys. If a key is still
 * wrong, the provider's next reply makes a new case.
 */
async function forgetRefusals(
  ctx: StaffContext,
  code: string,
  older: AdminInput<'saveSettings'>['older'],
): Promise<void> {
  const cases = (await openKeyCases(ctx.db)).filter(
    (one) => one.provider === code && (older?.do !== 'end' || generationOf(one) === older.generation),
  )
  const put = { by: ctx.openid, note: 'saved', now: ctx.now() }
  // If a dismissal fails, the provider has just refused the key again, so the case stays open.
  await Promise.all(cases.map((one) => dismissNotice(ctx.db, one, put).catch(() => undefined)))
}

/**
 * Tests settings: asks the provider about a payment that does not exist, and sees whether the provider accepts the
 * keys.
 * @throws BadInput if the provider cannot be tested with these settings
 */
export async function testSettings(
  ctx: StaffContext,
  { code, fields = {} }: AdminInput<'testSettings'>,
): Promise<Done<AdminResults['testSettings']>> {
  const result = await ctx.settings.test(code, fields, ctx.now())
  return { result: { result }, outcome: { outcome: result.outcome } }
}

/**
 * Tells staff whether the provider's test call has arrived. If another test has replaced this one, the answer is always
 * `awaited`.
 */
export async function readKeyCheckAsStaff(
  ctx: StaffContext,
  { code, check }: AdminInput<'keyCheck'>,
): Promise<Done<AdminResults['keyCheck']>> {
  const found = await readKeyCheck(ctx.db, code)
  const isOurs = found?.echo === check && found.heard !== null
  return {
    result: isOurs ? { callback: found.heard ?? 'awaited', look: found.look } : { callback: 'awaited', look: [] },
  }
}

/**
 * The problems with settings that owners must solve: wrong fields, refused keys, and certificates that have expired or
 * will expire within 30 days.
 */
export function settingsProblems(standing: readonly SettingsStanding[], now: number): NeedView[] {
  return standing.flatMap(({ code, version, problem, keys, refusedKeys }): NeedView[] => {
    if (version === null) return code === 'shop' ? [{ what: 'settings', code, problem: 'missing', at: null }] : []
    if (problem !== null) return [{ what: 'settings', code, problem: 'wrong', at: null }]
    if (refusedKeys.length > 0)
      return [
        { what: 'settings', code, problem: 'refused', at: Math.min(...refusedKeys.map(({ firstAt }) => firstAt)) },
      ]
    const ends = keys.flatMap(({ expiresAt }) => expiresAt ?? [])
    const first = Math.min(...ends)
    if (first > now + soonMs) return []
    return [{ what: 'settings', code, problem: first <= now ? 'expired' : 'expires', at: first }]
  })
}

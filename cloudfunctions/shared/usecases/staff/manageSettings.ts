import type { AdminInput, AdminResults, NeedView } from '../../api/admin'
import { dismissNotice, generationOf, openKeyCases } from '../../store/notices'
import { readKeyCheck } from '../../store/wechat/keyChecks'
import type { SettingsStanding, StaffContext } from '../platform/context'
import type { Done } from './audited'

const soonMs = 30 * 86_400_000

/** The settings of the shop and of every provider, for owners, without secrets. */
export const listSettings = async (ctx: StaffContext): Promise<Done<AdminResults['settings']>> => ({
  result: { settings: await ctx.settings.list() },
})

/**
 * Changes settings: a missing field stays, null removes a field, and the result must be valid. Other instances use the
 * new settings within a minute. The audit names the changed fields without their values.
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

/** Removes the cases about refused keys, which may have been replaced. The next reply of the provider decides again. */
async function forgetRefusals(
  ctx: StaffContext,
  code: string,
  older: AdminInput<'saveSettings'>['older'],
): Promise<void> {
  const cases = (await openKeyCases(ctx.db)).filter(
    (one) => one.provider === code && (older?.do !== 'end' || generationOf(one) === older.generation),
  )
  const put = { by: ctx.openid, note: 'saved', now: ctx.now() }
  // The case of a key that was refused again meanwhile stays open.
  await Promise.all(cases.map((one) => dismissNotice(ctx.db, one, put).catch(() => undefined)))
}

/** Tests settings: queries the provider about a payment that does not exist. @throws BadInput if it is not enabled */
export async function testSettings(
  ctx: StaffContext,
  { code, fields = {} }: AdminInput<'testSettings'>,
): Promise<Done<AdminResults['testSettings']>> {
  const result = await ctx.settings.test(code, fields, ctx.now())
  return { result: { result }, outcome: { outcome: result.outcome } }
}

/** Whether the provider's call of a test has arrived. A check that another test replaced is awaited for ever. */
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

/** Tasks for owners about settings: wrong fields, and certificates that expire within 30 days or have expired. */
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

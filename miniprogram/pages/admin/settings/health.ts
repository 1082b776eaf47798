// Texts about the health of settings, for the list and for one provider's page.
import type { KeyHealthView, SettingsView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import { beijingDay, beijingMinute, dayMs } from '../../../rules/beijing'
import { providerName } from '../service'
import { fieldName, t } from './messages'

export type Tone = 'good' | 'warn' | 'bad' | ''

const soonMs = 30 * dayMs

export const settingsName = ({ code }: Pick<SettingsView, 'code'>): string =>
  code === 'shop' ? t.shop : providerName(code)

/** @param now the server's time, in epoch ms */
export function standing(
  { code, version, isOn, problem, keys, refusedKeys }: SettingsView,
  now: number,
): { text: string; tone: Tone } {
  if (version === null) return code === 'shop' ? { text: t.missing, tone: 'bad' } : { text: t.off, tone: '' }
  if (!isOn) return { text: t.isOff, tone: '' }
  const isBroken = keys.some(({ parses, pairs }) => !parses || pairs === false)
  if (problem !== null || isBroken) return { text: t.wrong, tone: 'bad' }
  if (refusedKeys.length > 0) return { text: t.keysRefused, tone: 'bad' }
  const first = Math.min(...keys.flatMap(({ expiresAt }) => expiresAt ?? []))
  if (first <= now) return { text: t.expired(beijingDay(first)), tone: 'bad' }
  if (first <= now + soonMs) return { text: t.expires(beijingDay(first)), tone: 'warn' }
  return { text: t.fine, tone: 'good' }
}

/**
 * The labels of several settings, as one text.
 * @param code code of the provider whose settings these are
 */
export const fieldTexts = (names: readonly string[], code: string): string =>
  names.map((name) => fieldName(name, code)).join(inLanguage('、', ', '))

/** Says which settings are invalid, with their labels. */
export const problemText = ({ problem, code }: Pick<SettingsView, 'problem' | 'code'>): string =>
  problem === null ? '' : t.wrongFields(fieldTexts(problem.split(', '), code))

/** Which keys the provider refuses and what to do; empty when none is refused. */
export const refusedText = ({ refusedKeys, code }: SettingsView): string => {
  if (refusedKeys.length === 0) return ''
  const names = [...new Set(refusedKeys.map(({ field }) => field))]
  return t.refusedKeys(fieldTexts(names, code), beijingMinute(Math.min(...refusedKeys.map(({ firstAt }) => firstAt))))
}

export interface KeyLine {
  field: string
  name: string
  text: string
  tone: Tone
}

/**
 * @param code code of the provider whose key this is
 * @param now the server's time, in epoch ms
 */
export function keyLine(
  { field, parses, pairs, expiresAt, mode }: KeyHealthView,
  { code, now }: { code: string; now: number },
): KeyLine {
  const words = mode
    .split(' ')
    .map((word) => t.kinds.get(word) ?? word)
    .join(' ')
  const parts = [
    parses ? words : t.unreadable,
    pairs === null ? '' : pairs ? t.pairs : t.pairsNot,
    expiresAt === null ? '' : expiresAt <= now ? t.over(beijingDay(expiresAt)) : t.until(beijingDay(expiresAt)),
  ]
  const isBad = !parses || pairs === false || (expiresAt !== null && expiresAt <= now)
  const isSoon = expiresAt !== null && expiresAt <= now + soonMs
  return {
    field,
    name: fieldName(field, code),
    text: parts.filter(Boolean).join(' · '),
    tone: isBad ? 'bad' : isSoon ? 'warn' : '',
  }
}

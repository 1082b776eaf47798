// Proves the keys of a provider that can call us (`checkKeys`): our signature, the provider's signature, and its call.
import type { KeyProofs } from '../api/admin'
import type { Provider } from '../providers/provider'
import { randomHex, secureChance } from '../providers/signing'
import type { Database } from '../store/database'
import { beginKeyCheck } from '../store/wechat/keyChecks'

interface Proving {
  /** the provider's code */
  code: string
  /** of the settings that are proved */
  generation: number
  /** where the provider calls; null for unsaved settings, with which its call could not be read */
  noticeUrl: string | null
  now: number
}

/**
 * Asks the provider twice: first for its answer, and for its call only when that answer could be verified. Otherwise a
 * call that we asked for would look forged.
 * @returns the proofs, and the settings to look at first
 */
export async function proveKeys(
  db: Database,
  checkKeys: NonNullable<Provider['checkKeys']>,
  { code, generation, noticeUrl, now }: Proving,
): Promise<{ proofs: KeyProofs; look: string[] }> {
  const echo = randomHex(secureChance)
  const first = await checkKeys({ echo, noticeUrl: null, now })
  const { key, answer, look } = first
  if (!key || !answer || noticeUrl === null) return { proofs: { key, answer, callback: null, check: null }, look }
  await beginKeyCheck(db, code, { echo, generation, askedAt: now })
  const second = await checkKeys({ echo, noticeUrl, now })
  if (!second.answer) return { proofs: { ...pick(second), callback: null, check: null }, look: second.look }
  return { proofs: { key, answer, callback: 'awaited', check: echo }, look: [] }
}

const pick = ({ key, answer }: Pick<KeyProofs, 'key' | 'answer'>) => ({ key, answer })

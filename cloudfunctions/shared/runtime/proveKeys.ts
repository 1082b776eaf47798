// Tests the keys of a provider that can call us (`checkKeys`): whether the provider accepts our signature, whether we
// can verify the provider's signature, and whether its call arrives.
import type { KeyProofs } from '../api/admin'
import type { Provider } from '../providers/provider'
import { randomHex, secureChance } from '../providers/signing'
import type { Database } from '../store/database'
import { beginKeyCheck } from '../store/wechat/keyChecks'

interface Proving {
  /** the code of the provider */
  code: string
  /** which generation of the provider's settings is tested */
  generation: number
  /**
   * the address that the provider calls; null for unsaved settings, because our notify function could not read the call
   * with them
   */
  noticeUrl: string | null
  now: number
}

/**
 * Asks the provider to answer with our text. If we can verify the answer, asks a second time, for an answer and for a
 * call to our notify function. If we cannot verify the answer, we ask for no call: our notify function could not verify
 * the call either and would count it as forged.
 * @returns what was proved, and the settings in which staff should look for a mistake first
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

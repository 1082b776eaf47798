// Describes the three proofs of a key test: our signature, the provider's signature, and the provider's webhook call.
import type { KeyProofs } from '../../../../cloudfunctions/shared/api/admin'
import { fieldTexts, type Tone } from '../settings/health'
import { t } from '../settings/messages'

export interface ProofRow {
  name: string
  text: string
  tone: Tone
}

/**
 * How long the page polls for the provider's webhook call. WeChat Pay repeats a failed call after 15 seconds, so the
 * page waits long enough for the second call.
 */
export const callPace = { everyMs: 1_000, atMostMs: 30_000 }

interface Known {
  /** code of the provider whose settings these are */
  code: string
  /** names of the settings that are probably wrong if a proof fails */
  look: readonly string[]
  /** whether the page has stopped waiting for the provider's webhook call */
  isLate: boolean
}

/** The rows for the proofs, in the order in which the test makes them. A failed proof names the settings to check. */
export function proofRows({ key, answer, callback }: KeyProofs, { code, look, isLate }: Known): ProofRow[] {
  const { proofs: words } = t
  const names = fieldTexts(look, code)
  const row = (name: string, text: string, tone: Tone): ProofRow => ({ name, text, tone })
  const proof = (name: string, is: boolean | null, [good, bad, open]: [string, string, string]): ProofRow =>
    is === null ? row(name, open, '') : row(name, is ? good : bad, is ? 'good' : 'bad')
  const isProved = key === true && answer === true
  const call = () => {
    if (callback === null) return row(words.call, isProved ? words.saveFirst : words.mendFirst, '')
    if (callback === 'opened') return row(words.call, words.callDone, 'good')
    if (callback === 'sealed') return row(words.call, words.callSealed(names), 'bad')
    return isLate ? row(words.call, words.callLate, 'bad') : row(words.call, words.callAwaited, '')
  }
  return [
    proof(words.key, key, [words.keyDone, words.keyWrong(names), answer === false ? words.keyOpen : words.noAnswer]),
    proof(words.answer, answer, [words.answerDone, words.answerWrong(names), words.mendFirst]),
    call(),
  ]
}

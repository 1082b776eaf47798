// A claim: the right to send one thing to a provider. It is written by one compare-and-set before the call, the same for
// refunds, debits, closes and ends of contracts. Until it runs out nobody else sends; after that the provider is asked first.

export interface Claim {
  /** chosen by its holder before the write, so that a lost reply of the write is recognised */
  id: string
  /** epoch ms; 0 when its holder knows what came of the call */
  until: number
  /** when it was taken, an earlier call might have reached the provider already */
  asks: boolean
}

// As long as a function can live (functions.json), and much longer than a request can be under way. A reply that was
// lost keeps its claim: from then on the provider is asked.
const claimMs = 60_000
// A person waits for a close: its claim lasts a little longer than one request can.
const closeMs = 15_000

// Instances have clocks of their own. What moves money is not sent again before a clock that is this far ahead would see
// the claim end: the holder may be sending at this moment. Two clocks may be seven minutes apart (each two minutes off, and
// one of them set back by three more: the simulator draws that much), and a request is under way for some seconds. To close
// or end something twice does no harm.
const clockMs = 8 * 60_000

/** Whether somebody may be sending at this moment. */
export const isClaimed = (claim: Claim | null | undefined, now: number): boolean => !!claim && claim.until > now

/** Whether an earlier call may have reached the provider: it is asked before anything is sent again. */
export const asksFirst = (claim: Claim): boolean => claim.until > 0 || claim.asks

/**
 * The claim that `id` takes; the same object when `id` holds it; undefined while somebody else may still be sending.
 * @param asks an earlier call may have reached the provider
 * @param moves what is sent moves money
 */
export function takeClaim(
  there: Claim | null | undefined,
  { id, asks, moves }: { id: string; asks: boolean; moves: boolean },
  now: number,
): Claim | undefined {
  if (there && isClaimed(there, now) && there.id === id) return there
  if (there && there.until > 0 && now < there.until + (moves ? clockMs : 0)) return undefined
  return { id, until: now + (moves ? claimMs : closeMs), asks }
}

/** The claim when its holder knows that the call surely did not arrive: then there is nothing new to ask about. */
export const unsentClaim = (claim: Claim): Claim => ({ ...claim, until: 0 })

/** The claim when its holder knows what the provider made of the call. */
export const answeredClaim = (claim: Claim): Claim => ({ ...claim, until: 0, asks: true })

/** The claim as somebody saw it when they read the refund or payment; null: none. */
export const claimSeen = ({ claim }: { claim?: Claim | null }): string | null => claim?.id ?? null

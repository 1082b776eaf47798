// A claim is the right to send one request to a provider. We store the claim with one compare-and-set before the call.
// Refunds, debits, closing a payment and ending a contract use claims. While a claim is valid, no other caller sends
// the request. After a claim has expired, the next caller first asks the provider what happened.

export interface Claim {
  /**
   * chosen by the claim's holder before the write, so that the holder can recognise its own claim if the write's reply
   * is lost
   */
  id: string
  /** when the claim expires, epoch ms; 0 once the holder knows the outcome of its call */
  until: number
  /** whether an earlier call may already have reached the provider when the holder took this claim */
  asks: boolean
}

// 60 s is the longest run of a function (functions.json) and much longer than one request. If the provider's reply is
// lost, the claim blocks other callers until it expires; after that we ask the provider.
const claimMs = 60_000
// A person waits while we close a payment, so this claim lasts only a little longer than one request can take.
const closeMs = 15_000

// Function instances have different clocks, so an instance may think that a claim has expired while the holder of the
// claim still sends. So if a request moves money, we repeat it only 8 minutes after the end of the claim. Two clocks
// may differ by seven minutes: the simulator gives each clock an error of up to two minutes and sets one clock back by
// three more. The request itself takes some seconds. A request that closes or ends something may be repeated at once,
// because a repeat does no harm.
const clockMs = 8 * 60_000

/** Whether the holder of this claim may still be sending. */
export const isClaimed = (claim: Claim | null | undefined, now: number): boolean => !!claim && claim.until > now

/** Whether an earlier call may have reached the provider, so that we must ask the provider before sending again. */
export const asksFirst = (claim: Claim): boolean => claim.until > 0 || claim.asks

/**
 * Takes a claim for the caller, who has chosen `id`. If the caller already holds the claim, returns the same object.
 * Returns undefined while another holder may still be sending.
 * @param asks whether an earlier call may have reached the provider
 * @param moves whether the request moves money
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

/** The claim after its holder learnt that the call did not reach the provider. */
export const unsentClaim = (claim: Claim): Claim => ({ ...claim, until: 0 })

/** The claim after its holder received the provider's answer. */
export const answeredClaim = (claim: Claim): Claim => ({ ...claim, until: 0, asks: true })

/**
 * The id of the claim on a refund or payment; null: no claim. The caller can compare it later, to see whether the claim
 * has changed.
 */
export const claimSeen = ({ claim }: { claim?: Claim | null }): string | null => claim?.id ?? null

// A claim: the right to send one request to a provider. One compare-and-set stores the claim before the call. Refunds,
// debits, closing a payment and ending a contract all use claims. While a claim is valid, no other caller sends the
// request; after it expires, the next caller asks the provider before sending again.

export interface Claim {
  /** chosen by the holder before the write, so that the holder recognises its claim if the write's reply is lost */
  id: string
  /** end of the claim, epoch ms; 0 when the holder knows the outcome of the call */
  until: number
  /** whether an earlier call could already have reached the provider when this claim was taken */
  asks: boolean
}

// The longest run of a function (functions.json), and much longer than one request takes. If the provider's reply is
// lost, the claim stays until it expires; after that we ask the provider.
const claimMs = 60_000
// Somebody is waiting while a payment is closed, so this claim lasts only a little longer than one request can take.
const closeMs = 15_000

// Function instances have different clocks, so another instance's claim may seem expired while its holder is still
// sending. A request that moves money is therefore sent again only this long after the claim's end. Two clocks may be
// seven minutes apart: the simulator gives each clock an error of two minutes and sets one back by three more. A
// request adds some seconds. Requests to close or end something need no such margin, because repeating them does no
// harm.
const clockMs = 8 * 60_000

/** Whether the holder of this claim may be sending now. */
export const isClaimed = (claim: Claim | null | undefined, now: number): boolean => !!claim && claim.until > now

/** Whether an earlier call may have reached the provider, so that we must ask the provider before sending again. */
export const asksFirst = (claim: Claim): boolean => claim.until > 0 || claim.asks

/**
 * Takes a claim for `id`. Returns the existing claim object when `id` already holds it, and undefined while another
 * holder may still be sending.
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

/** The id of the claim on a refund or payment as the caller read it; null: no claim. */
export const claimSeen = ({ claim }: { claim?: Claim | null }): string | null => claim?.id ?? null

// A complaint that a shopper made to WeChat about a payment (消费者投诉): what WeChat says of it, our answers, and how long
// each may take. Pure functions from complaint to complaint; the same object means that there is nothing to write.
import { answeredClaim, asksFirst, type Claim, claimSeen, takeClaim, unsentClaim } from '../claim'
import { AppError } from '../errors'
import { orderNoOf } from '../orders/orderNo'
import { dayMs } from '../period'

/** How far a complaint is. `pending`: the shop has not answered yet; `processed`: it is done. */
export type ComplaintState = 'pending' | 'processing' | 'processed'

/** What the provider says of a complaint. */
export interface ToldComplaint {
  state: ComplaintState
  complainedAt: number
  /** the shopper's words */
  text: string
  /** the problem that the shopper chose from WeChat's list */
  problem: string
  about: 'refund' | 'service' | 'other'
  payments: { no: string; theirNo: string; amountFen: number }[]
  /** the amount that the shopper wants back, in fen */
  refundAskedFen: number | null
  isRefunded: boolean
  /** the shop has not answered the shopper's last message */
  awaitsReply: boolean
  /** how often the shopper has complained about this */
  times: number
  /** the merchant's number at the provider, which an answer must name */
  merchant: string
  /** the shopper's phone number, sealed for the merchant's private key */
  sealedPhone: string | null
  pictures: number
}

/** One entry of what shopper, shop and platform have said and done. */
export interface ComplaintEntry {
  at: number
  who: 'shopper' | 'shop' | 'platform'
  /** which of our answers this is; null: none */
  what: AnswerKind | null
  /** the provider's word for it */
  type: string
  text: string
}

/** What staff can tell the shopper or WeChat. */
export type AnswerKind = 'reply' | 'finish' | 'approveRefund' | 'rejectRefund'
export const answerKinds: readonly AnswerKind[] = ['reply', 'finish', 'approveRefund', 'rejectRefund']

/** One answer of ours. It is stored before it is sent. */
export interface ComplaintAnswer {
  /** chosen by the phone once: a repeated request is the same answer */
  no: string
  what: AnswerKind
  /** the reply, or why no refund is made; empty for the others */
  text: string
  /** approveRefund: the days until the refund */
  days: number | null
  /** the openid of the staff member */
  by: string
  at: number
  /** givenUp: after a day it is still unknown whether the answer arrived */
  state: 'sending' | 'sent' | 'refused' | 'givenUp'
  claim: Claim | null
  tries: number
  checkAt: number | null
  reason: string | null
}

export interface Complaint {
  /** the provider's number of the complaint */
  _id: string
  version: number
  tries: number
  dueAt: number | null
  provider: string
  generation?: number
  /** null: a notice named the complaint, and we have not read it yet */
  told: ToldComplaint | null
  /** the order of the first payment that is ours */
  orderNo: string | null
  /** sorts the list: when the shopper complained; before that is known, when we heard of it */
  complainedAt: number
  isOpen: boolean
  /** since when the shopper waits for an answer, and since when the complaint is open; null: not */
  waitsSince: number | null
  openSince: number | null
  /** until when the next of both must be done; null: nothing to do */
  deadlineAt: number | null
  /** when the timer reads the complaint again */
  lookAt: number | null
  answers: ComplaintAnswer[]
}

// docs/provider-facts.md 9.4: answered within one day, done within three.
export const answerWithinMs = dayMs
export const doneWithinMs = 3 * dayMs

const minute = 60_000
const hour = 60 * minute
const answersKept = 50

/** Every change of a complaint goes through this function, which also updates version and times. */
function changed(complaint: Complaint, fields: Partial<Complaint>): Complaint {
  const after = { ...complaint, ...fields, version: complaint.version + 1, tries: 0 }
  const limits = [
    after.waitsSince === null ? null : after.waitsSince + answerWithinMs,
    after.openSince === null ? null : after.openSince + doneWithinMs,
  ]
  after.deadlineAt = earliest(limits)
  after.isOpen = after.told === null || after.told.state !== 'processed'
  after.dueAt = earliest([after.lookAt, ...after.answers.map(({ checkAt }) => checkAt)])
  return after
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((at) => at !== null)
  return known.length > 0 ? Math.min(...known) : null
}

/** A complaint of which we know only the number. It must be answered within a day of this moment, at the latest. */
export const heardOf = (id: string, made: Pick<Complaint, 'provider' | 'generation'>, now: number): Complaint =>
  changed(
    {
      _id: id,
      version: 0,
      tries: 0,
      dueAt: now,
      ...made,
      told: null,
      orderNo: null,
      complainedAt: now,
      isOpen: true,
      waitsSince: now,
      openSince: now,
      deadlineAt: null,
      lookAt: now,
      answers: [],
    },
    {},
  )

/** Has the timer read the complaint. */
export const lookNow = (complaint: Complaint, now: number): Complaint =>
  complaint.lookAt !== null && complaint.lookAt <= now ? complaint : changed(complaint, { lookAt: now })

/** Records what the provider says. */
export function applyTold(complaint: Complaint, told: ToldComplaint, now: number): Complaint {
  const { told: before } = complaint
  // The sealed number differs in each reply although the number is the same.
  const same = before !== null && textOf(before) === textOf(told)
  if (same && complaint.lookAt === null) return complaint
  const isDone = told.state === 'processed'
  const isAgain = before !== null && told.times > before.times
  const waits = !isDone && (told.awaitsReply || told.state === 'pending')
  const since = before === null ? told.complainedAt : isAgain ? now : null
  return changed(complaint, {
    told: same ? before : told,
    complainedAt: told.complainedAt,
    orderNo: told.payments.map(({ no }) => orderNoOf(no)).find((no) => no !== undefined) ?? null,
    waitsSince: waits ? (since ?? complaint.waitsSince ?? now) : null,
    openSince: isDone ? null : (since ?? complaint.openSince ?? now),
    lookAt: null,
  })
}

const textOf = ({ sealedPhone, ...told }: ToldComplaint): string => JSON.stringify([told, sealedPhone !== null])

/** The provider could not be read: the complaint is read again later. */
export const lookLater = (complaint: Complaint, now: number): Complaint =>
  changed(complaint, { lookAt: now + 5 * minute })

/** Why an answer cannot be given now; undefined: it can. */
export function answerRefusal({ told, answers }: Complaint, what: AnswerKind): string | undefined {
  if (!told) return 'the complaint is not read yet'
  if (answers.some(({ state }) => state === 'sending')) return 'another answer is being sent'
  if (told.state === 'processed') return 'the complaint is done'
  const isAboutRefund = what === 'approveRefund' || what === 'rejectRefund'
  return isAboutRefund && told.about !== 'refund' ? 'the shopper asks for no refund' : undefined
}

/** Stores an answer, ready to be sent. The same number again is the same answer. @throws Conflict */
export function addAnswer(
  complaint: Complaint,
  answer: Pick<ComplaintAnswer, 'no' | 'what' | 'text' | 'days' | 'by'>,
  now: number,
): Complaint {
  if (complaint.answers.some(({ no }) => no === answer.no)) return complaint
  const refusal = answerRefusal(complaint, answer.what)
  if (refusal !== undefined) throw new AppError('Conflict', refusal)
  const one: ComplaintAnswer = {
    ...answer,
    at: now,
    state: 'sending',
    claim: null,
    tries: 0,
    checkAt: now,
    reason: null,
  }
  return changed(complaint, { answers: [...complaint.answers, one].slice(-answersKept) })
}

export const sendingAnswer = ({ answers }: Complaint): ComplaintAnswer | undefined =>
  answers.find(({ state }) => state === 'sending')

/** Takes the right to send an answer. `isMine`: the caller holds it. */
export function claimAnswer(
  complaint: Complaint,
  no: string,
  { id, seen }: { id: string; seen: string | null },
  now: number,
): { complaint: Complaint; isMine: boolean } {
  const answer = complaint.answers.find((one) => one.no === no)
  if (answer?.state !== 'sending') return { complaint, isMine: false }
  const { claim } = answer
  const taken = takeClaim(claim, { id, asks: claim !== null && asksFirst(claim), moves: true }, now)
  if (!taken) return { complaint, isMine: false }
  if (taken === claim) return { complaint, isMine: true }
  if (claimSeen(answer) !== seen) return { complaint, isMine: false }
  return { complaint: withAnswer(complaint, { ...answer, claim: taken, checkAt: taken.until }), isMine: true }
}

/** How the sending of an answer ended. `notSent`: it certainly did not arrive; `unknown`: it may have. */
export type AnswerOutcome = 'sent' | 'refused' | 'notSent' | 'unknown'

/** Records how the sending of an answer ended. */
export function applyAnswer(
  complaint: Complaint,
  no: string,
  { outcome, reason = null }: { outcome: AnswerOutcome; reason?: string | null },
  now: number,
): Complaint {
  const answer = complaint.answers.find((one) => one.no === no)
  if (answer?.state !== 'sending') return complaint
  if (outcome === 'sent')
    return arrived(withAnswer(complaint, { ...answer, state: 'sent', checkAt: null, reason: null }), answer, now)
  if (outcome === 'refused') return withAnswer(complaint, { ...answer, state: 'refused', checkAt: null, reason })
  const isOver = now - answer.at > dayMs
  const claim = answer.claim && (outcome === 'notSent' ? unsentClaim(answer.claim) : answeredClaim(answer.claim))
  return withAnswer(complaint, {
    ...answer,
    claim,
    tries: answer.tries + 1,
    state: isOver ? 'givenUp' : 'sending',
    checkAt: isOver ? null : now + Math.min(minute * 2 ** Math.min(answer.tries, 6), hour),
    reason,
  })
}

const withAnswer = (complaint: Complaint, answer: ComplaintAnswer): Complaint =>
  changed(complaint, { answers: complaint.answers.map((one) => (one.no === answer.no ? answer : one)) })

/** What an answer that arrived makes of the complaint, until the provider is read again a minute later. */
function arrived(complaint: Complaint, { what }: ComplaintAnswer, now: number): Complaint {
  const { told } = complaint
  if (!told) return complaint
  const isDone = what === 'finish'
  const isReply = what === 'reply'
  return changed(complaint, {
    told: {
      ...told,
      ...(isReply && { awaitsReply: false }),
      state: isDone ? 'processed' : told.state === 'pending' ? 'processing' : told.state,
    },
    ...((isReply || isDone) && { waitsSince: null }),
    ...(isDone && { openSince: null }),
    lookAt: now + minute,
  })
}

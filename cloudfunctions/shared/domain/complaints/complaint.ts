// A complaint that a shopper made to WeChat about a payment (消费者投诉): what WeChat says about the complaint, our answers,
// and the deadlines. Pure functions from complaint to complaint; if a function returns the same object, there is
// nothing to write.

import { dayMs } from '../../../../miniprogram/rules/beijing'
import { answeredClaim, asksFirst, type Claim, claimSeen, takeClaim, unsentClaim } from '../claim'
import { AppError } from '../errors'
import { orderNoOf } from '../orders/orderNo'

/** The state of a complaint. `pending`: the shop has not answered yet. `processed`: the complaint is finished. */
export type ComplaintState = 'pending' | 'processing' | 'processed'

/** What the provider (WeChat) tells us about a complaint. */
export interface ToldComplaint {
  state: ComplaintState
  complainedAt: number
  /** the text of the complaint, in the shopper's own words */
  text: string
  /** the problem that the shopper chose from WeChat's list */
  problem: string
  about: 'refund' | 'service' | 'other'
  payments: { no: string; theirNo: string; amountFen: number }[]
  /** the amount that the shopper wants back, in fen */
  refundAskedFen: number | null
  isRefunded: boolean
  /** whether the shop has not yet answered the shopper's last message */
  awaitsReply: boolean
  /** how many times the shopper has complained about this payment */
  times: number
  /** the merchant number at the provider. Each answer to the complaint must name this number */
  merchant: string
  /** the shopper's phone number, encrypted so that only the merchant's private key can open it */
  sealedPhone: string | null
  pictures: number
}

/** One entry of a complaint's history: what the shopper, the shop or the platform said or did. */
export interface ComplaintEntry {
  at: number
  who: 'shopper' | 'shop' | 'platform'
  /** the kind of our answer; null: this entry is not an answer of ours */
  what: AnswerKind | null
  /** the provider's word for the kind of entry */
  type: string
  text: string
}

/** The kinds of answer that staff can give to the shopper or to WeChat. */
export type AnswerKind = 'reply' | 'finish' | 'approveRefund' | 'rejectRefund'
export const answerKinds: readonly AnswerKind[] = ['reply', 'finish', 'approveRefund', 'rejectRefund']

/** One answer of the shop to a complaint. We store the answer before we send it. */
export interface ComplaintAnswer {
  /** a number that the phone chooses once for each answer, so that a repeated request makes no second answer */
  no: string
  what: AnswerKind
  /** the text of the reply, or the reason why the shop makes no refund; empty for the other kinds of answer */
  text: string
  /** for approveRefund: within how many days the shop will refund */
  days: number | null
  /** the openid of the staff member who answered */
  by: string
  at: number
  /**
   * givenUp: we stopped sending, because one day after the answer was made we still did not know whether WeChat had
   * received it
   */
  state: 'sending' | 'sent' | 'refused' | 'givenUp'
  claim: Claim | null
  tries: number
  checkAt: number | null
  reason: string | null
}

export interface Complaint {
  /** the provider's number for this complaint */
  _id: string
  version: number
  tries: number
  dueAt: number | null
  provider: string
  generation?: number
  /** what the provider told us; null: a notice named this complaint, and we have not read it from the provider yet */
  told: ToldComplaint | null
  /** the order that the complaint is about: the first of the complaint's payments that belongs to one of our orders */
  orderNo: string | null
  /**
   * when the shopper complained; as long as we have not read this from the provider, when we first heard of the
   * complaint. The list of complaints is sorted by this time
   */
  complainedAt: number
  isOpen: boolean
  /**
   * waitsSince: since when the shopper waits for an answer; openSince: since when the complaint is open. null: does not
   * wait, is not open
   */
  waitsSince: number | null
  openSince: number | null
  /** the earlier of the two deadlines, for the answer and for finishing the complaint; null: nothing to do */
  deadlineAt: number | null
  /** when the timer will read the complaint from the provider again */
  lookAt: number | null
  answers: ComplaintAnswer[]
}

// WeChat's deadlines (docs/provider-facts.md 9.4): the shop answers within one day and finishes the complaint within
// three.
export const answerWithinMs = dayMs
export const doneWithinMs = 3 * dayMs

const minute = 60_000
const hour = 60 * minute
const answersKept = 50

/**
 * Every change of a complaint goes through this function, because it also updates the version, the deadline and the due
 * time.
 */
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

/**
 * Makes the record of a complaint of which we know only the number. The two deadlines count from now, until we have
 * read when the shopper complained.
 */
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

/** Makes the complaint due now, so that the timer reads it from the provider. */
export const lookNow = (complaint: Complaint, now: number): Complaint =>
  complaint.lookAt !== null && complaint.lookAt <= now ? complaint : changed(complaint, { lookAt: now })

/** Records what the provider told us about the complaint. */
export function applyTold(complaint: Complaint, told: ToldComplaint, now: number): Complaint {
  const { told: before } = complaint
  // Compare without the encrypted phone number: each reply of WeChat encrypts the same number differently.
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

/** Postpones the next reading of the complaint, because the provider could not be read. */
export const lookLater = (complaint: Complaint, now: number): Complaint =>
  changed(complaint, { lookAt: now + 5 * minute })

/** Why staff cannot give an answer of this kind now; undefined: staff can give it. */
export function answerRefusal({ told, answers }: Complaint, what: AnswerKind): string | undefined {
  if (!told) return 'the complaint is not read yet'
  if (answers.some(({ state }) => state === 'sending')) return 'another answer is being sent'
  if (told.state === 'processed') return 'the complaint is done'
  const isAboutRefund = what === 'approveRefund' || what === 'rejectRefund'
  return isAboutRefund && told.about !== 'refund' ? 'the shopper asks for no refund' : undefined
}

/**
 * Stores an answer that we will send next. If an answer with the same number exists, nothing changes.
 * @throws Conflict
 */
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

/** Takes the right to send an answer, so that only one caller sends it. `isMine`: this caller has the right. */
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

/**
 * How sending an answer ended. `notSent`: the provider certainly did not receive the answer. `unknown`: the provider
 * may have received it.
 */
export type AnswerOutcome = 'sent' | 'refused' | 'notSent' | 'unknown'

/** Records how sending an answer ended, and when to try again. */
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

/**
 * Updates the complaint after the provider accepted our answer. We assume the new state that follows from the answer.
 * One minute later we read the true state from the provider.
 */
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

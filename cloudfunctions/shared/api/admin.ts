// The admin function's part of the contract with the mini-program: inputs and results of what staff can
// do. All times in epoch ms, all amounts in minor units. People are named by staffId, never by openid.
import * as z from 'zod/mini'
import type { Terms } from '../domain/contractShape'
import type { HistoryEntry, OrderItem, OrderState, StaffStanding } from '../domain/orders/orderShape'
import type { Payment } from '../domain/payment'
import type { Refund } from '../domain/refund'
import { type DifferenceKind, differenceKinds } from '../domain/reports/reconcile'
import type { Figures } from '../domain/reports/stats'
import { isAtLeast, type Role, type StaffRole } from '../domain/staff'
import type { NoticeFacts, NoticeKind } from '../store/notices'
import type { ContractView } from './contracts'
import { day, fen, line, orderNo, pageLimit, paymentNo, refundNo, sku, word } from './fields'
import type { ProductView } from './orders'

const reason = line(80)
const note = line(200)
/** made before the first try: the same one again is the same deed */
const requestId = z.string().check(z.regex(/^[\w-]{8,64}$/))
const jobId = z.string().check(z.regex(/^[\w.-]{1,80}$/))
const noticeId = z.string().check(z.regex(/^[\w-]{1,200}$/))
const staffId = z.string().check(z.regex(/^[0-9a-f]{16}$/))
const role = z.enum(['owner', 'operator', 'viewer'])
/** opaque, as the page before gave it */
const cursor = z.string().check(z.regex(/^[\w.-]{1,120}$/))
/** null: what is stored must not be there yet */
const version = z.nullable(z.int().check(z.gte(1)))
const billNumber = z.string().check(z.regex(/^[!-~]{1,64}$/))
const title = line(60).check(z.minLength(1))
const subtitle = line(120)

const settingsFields = z.record(z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/)), z.unknown())

/** One action of the admin function. */
interface Action<Input extends z.ZodMiniType> {
  /** the first role that may do it, and so may all above it */
  from: Role
  input: Input
  /** whether it leaves an entry in the audit */
  isAudited(input: z.infer<Input>): boolean
  /** the field of the input that names what the entry is about */
  about: 'orderNo' | 'contractNo' | null
}

/** Only reads: an entry for each look would cost a write and bury the others. */
const query = <Input extends z.ZodMiniType>(from: Role, input: Input): Action<Input> => ({
  from,
  input,
  isAudited: () => false,
  about: null,
})

/** Changes something, or asks a provider for somebody. */
const command = <Input extends z.ZodMiniType>(
  from: Role,
  input: Input,
  about: (keyof z.infer<Input> & ('orderNo' | 'contractNo')) | null = null,
): Action<Input> => ({ from, input, isAudited: () => true, about })

/** Reads, or changes something, as its input says. */
const either = <Input extends z.ZodMiniType>(
  from: Role,
  input: Input,
  isAudited: (input: z.infer<Input>) => boolean,
): Action<Input> => ({ from, input, isAudited, about: null })

/**
 * What staff can do, one row each: who may, what it takes, what the audit keeps of it. Its handler stands in
 * cloudfunctions/admin/actions.ts, its sentence in miniprogram/pages/admin/audit/messages.ts where it is audited.
 */
export const adminApi = {
  /** by any number (exact), or by one filter inside of at most 31 Beijing days, newest first */
  orders: query(
    'viewer',
    z.strictObject({
      number: z.optional(z.string().check(z.regex(/^[\w-]{4,64}$/))),
      from: z.optional(day),
      to: z.optional(day),
      filter: z.optional(
        z.union([
          z.strictObject({ state: z.enum(['open', 'paid', 'closed']) }),
          z.strictObject({ provider: word }),
          z.strictObject({ contractNo: orderNo }),
          z.strictObject({ amountFen: fen }),
          /** surplus money nobody has begun to give back, or a refund that waits for more than a day; days are not asked */
          z.strictObject({ needs: z.enum(['surplus', 'refund']) }),
        ]),
      ),
      cursor: z.optional(cursor),
      limit: z.optional(pageLimit),
    }),
  ),
  order: query('viewer', z.strictObject({ orderNo })),
  refund: command('operator', z.strictObject({ orderNo, requestId, paymentNo, amountFen: fen, reason }), 'orderNo'),
  /** what the provider's console shows about a refund without a result, written down by a person */
  recordRefund: command(
    'operator',
    z.strictObject({ orderNo, refundNo, isRefunded: z.boolean(), note: note.check(z.minLength(1)) }),
    'orderNo',
  ),
  recheck: command('operator', z.strictObject({ orderNo }), 'orderNo'),
  close: command('owner', z.strictObject({ orderNo }), 'orderNo'),

  /** one by its number; or those in a state or of a shopper's order, newest first */
  contracts: query(
    'viewer',
    z.strictObject({
      contractNo: z.optional(orderNo),
      state: z.optional(z.enum(['signing', 'active', 'pastDue', 'failed', 'ended'])),
      cursor: z.optional(orderNo),
      limit: z.optional(pageLimit),
    }),
  ),
  endContract: command('operator', z.strictObject({ contractNo: orderNo }), 'contractNo'),
  plans: query('viewer', z.strictObject({})),
  /** creates or replaces; contracts keep the terms under which they were signed */
  savePlan: command(
    'owner',
    z.strictObject({
      version,
      plan: z.strictObject({
        plan: sku,
        title,
        titleEn: title,
        note: subtitle,
        noteEn: subtitle,
        currency: z.literal('CNY'),
        amountKind: z.enum(['fixed', 'ceiling']),
        amountFen: fen,
        ceilingFen: fen,
        firstAmountFen: z.nullable(fen),
        period: z.enum(['day', 'week', 'month', 'quarter', 'year']),
        trialDays: z.int().check(z.gte(0), z.lte(365)),
        debitRule: z.enum(['notice24h', 'preNotice']),
        windowDays: z.nullable(z.union([z.literal(1), z.literal(2), z.literal(3)])),
        template: z.string().check(z.regex(/^\d{1,32}$/)),
        provider: word,
        onSale: z.boolean(),
        rank: z.int().check(z.gte(0), z.lte(9_999)),
      }),
    }),
  ),
  products: query('viewer', z.strictObject({})),
  saveProduct: command(
    'owner',
    z.strictObject({
      version,
      product: z.strictObject({
        sku,
        title,
        titleEn: title,
        note: subtitle,
        noteEn: subtitle,
        priceFen: fen,
        currency: z.string().check(z.regex(/^[A-Z]{3}$/)),
        onSale: z.boolean(),
        rank: z.int().check(z.gte(0), z.lte(9_999)),
      }),
    }),
  ),

  /** what could not be applied and waits for a person, newest first; with `dismissed` what was put away */
  notices: query(
    'viewer',
    z.strictObject({
      kind: z.optional(
        z.enum(['forged', 'unmatched', 'mismatched', 'contradiction', 'unresolved', 'stuck', 'keysRefused']),
      ),
      dismissed: z.optional(z.boolean()),
      cursor: z.optional(cursor),
      limit: z.optional(pageLimit),
    }),
  ),
  /** some by their ids, or all that wait of a provider (and kind) since a time; at most 50 at once */
  replay: command(
    'operator',
    z.strictObject({
      which: z.union([
        z.strictObject({ ids: z.array(noticeId).check(z.minLength(1), z.maxLength(50)) }),
        z.strictObject({ provider: word, from: z.int().check(z.gte(0)), to: z.int().check(z.gte(0)) }),
      ]),
    }),
  ),
  dismiss: command('operator', z.strictObject({ id: noticeId, note: note.check(z.minLength(1)) })),

  stats: query('viewer', z.strictObject({})),

  /** the reconciliation of one provider's day with its differences; `run` does it (again) now */
  bills: either(
    'viewer',
    z.strictObject({ provider: word, day, run: z.optional(z.boolean()) }),
    ({ run }) => run === true,
  ),
  /** settles one difference: asks the provider and settles by what it says, records what the bill says, refunds, or ignores with a note */
  repair: command(
    'operator',
    z.strictObject({
      provider: word,
      day,
      kind: z.enum(differenceKinds),
      /** as the difference has them, in any characters of a bill */
      no: billNumber,
      theirNo: z.nullable(billNumber),
      how: z.enum(['query', 'record', 'refund', 'ignore']),
      note: z.optional(note),
    }),
  ),

  /** starts an export (the same requestId again is the same one), reads how far one is, or lists the last ones */
  export: either(
    'operator',
    z.union([
      z.strictObject({
        start: z.strictObject({
          requestId,
          what: z.enum(['orders', 'refunds', 'charges']),
          from: day,
          to: day,
          language: z.enum(['zh', 'en']),
        }),
      }),
      z.strictObject({ read: jobId }),
      z.strictObject({ list: z.literal(true) }),
    ]),
    (input) => 'start' in input,
  ),

  /** lists; invites with a one-time code; changes or removes somebody else */
  staff: either(
    'owner',
    z.union([
      z.strictObject({ list: z.literal(true) }),
      z.strictObject({
        invite: z.strictObject({ role, name: line(20).check(z.minLength(1)), refundLimitFen: z.optional(fen) }),
      }),
      /** what whoever asks is called from now on */
      z.strictObject({ rename: line(20).check(z.minLength(1)) }),
      z.strictObject({ withdraw: staffId }),
      z.strictObject({
        change: z.strictObject({
          staffId,
          role,
          name: line(20).check(z.minLength(1)),
          refundLimitFen: z.optional(fen),
        }),
      }),
      z.strictObject({ remove: staffId }),
    ]),
    (input) => !('list' in input),
  ),
  audit: query('owner', z.strictObject({ cursor: z.optional(cursor), limit: z.optional(pageLimit) })),

  settings: query('owner', z.strictObject({})),
  /**
   * `fields`: what changes; a field with null is taken away, one that is left out stays. `enabled: false`: off, and what is
   * under way goes on. `older`: puts older settings back, or ends them for good; the other fields then mean nothing.
   */
  saveSettings: command(
    'owner',
    z.strictObject({
      code: word,
      version,
      enabled: z.boolean(),
      fields: settingsFields,
      older: z.optional(z.strictObject({ generation: z.int().check(z.gte(1)), do: z.enum(['restore', 'end']) })),
    }),
  ),
  /** a harmless query to the provider, with what is stored and what was typed over it */
  testSettings: command('owner', z.strictObject({ code: word, fields: z.optional(settingsFields) })),
  /** without a code: only says who one is */
  claim: either(
    'stranger',
    z.strictObject({
      code: z.optional(z.string().check(z.regex(/^[0-9A-Za-z -]{20,40}$/))),
      /** what the first owner is called; an invite has its name already */
      name: z.optional(line(20).check(z.minLength(1))),
    }),
    ({ code }) => code !== undefined,
  ),
}

export type AdminAction = keyof typeof adminApi
/** An action's input, as its handler gets it. */
export type AdminInput<A extends AdminAction> = z.infer<(typeof adminApi)[A]['input']>
/** An action's input, as the phone sends it. */
export type AdminAsked<A extends AdminAction> = z.input<(typeof adminApi)[A]['input']>

/** Each action's schema by its name. */
export const adminSchemas = Object.fromEntries(
  Object.entries(adminApi).map(([action, { input }]) => [action, input]),
) as { [A in AdminAction]: (typeof adminApi)[A]['input'] }

/** Whether a role may do what an untrusted word names; a word that is no action is allowed to nobody. */
export const mayDo = (role: Role, action: string): boolean =>
  Object.entries(adminApi).some(([name, { from }]) => name === action && isAtLeast(role, from))

/** What each action answers. */
export interface AdminResults {
  // `broken`: the numbers of documents that belong here and cannot be read
  /** `cursor` is null on the last page; `now` is the server's clock, from which the page counts its days */
  orders: { orders: StaffOrderRow[]; broken: string[]; cursor: string | null; now: number }
  order: { order: StaffOrderView }
  refund: { order: StaffOrderView; refundNo: string }
  recordRefund: { order: StaffOrderView }
  recheck: { order: StaffOrderView }
  close: { order: StaffOrderView }
  contracts: { contracts: StaffContractView[]; broken: string[]; cursor: string | null }
  endContract: { contract: StaffContractView }
  /** `noticePlace`: with `/<provider>` behind it, the address that a provider's console wants */
  plans: { plans: StaffPlanView[]; broken: string[]; noticePlace: string }
  savePlan: { plan: StaffPlanView }
  products: { products: StaffProductView[]; broken: string[] }
  saveProduct: { product: StaffProductView }
  notices: { notices: NoticeView[]; broken: string[]; cursor: string | null }
  /** for each: applied, or why it still is not (the new reason) */
  replay: { results: { id: string; applied: boolean; reason: string }[] }
  dismiss: { notice: NoticeView }
  stats: StatsView
  /** `providers`: those that have bills; `now` is the server's clock */
  bills: { providers: string[]; reconciliation: ReconciliationView | null; now: number }
  repair: { reconciliation: ReconciliationView }
  /** the newest first; `now` is the server's clock, from which the page counts its days */
  export: { exports: ExportView[]; broken: string[]; now: number }
  staff: { people: StaffView[]; invites: InviteView[]; code?: string }
  audit: { entries: AuditView[]; broken: string[]; cursor: string | null }
  settings: { settings: SettingsView[] }
  saveSettings: { settings: SettingsView[] }
  testSettings: { result: SettingsTestView }
  claim: { role: Role; name: string; refundLimitFen: number | null }
}

/** One line of a list of orders. */
export interface StaffOrderRow {
  orderNo: string
  state: OrderState
  standing: StaffStanding
  /** the last six of the openid */
  shopper: string
  /** the first item's title, and how many pieces in all */
  title: string
  titleEn: string
  pieces: number
  amountFen: number
  currency: string
  refundedFen: number
  surplusFen: number
  provider: string | null
  createdAt: number
  paidAt: number | null
  contractNo: string | null
  /** a refund is under way since */
  refundSince: number | null
}

export interface StaffProductView extends ProductView {
  onSale: boolean
  rank: number
  version: number
}

export interface StaffPlanView extends Terms {
  provider: string
  onSale: boolean
  rank: number
  version: number
}

export interface NoticeView {
  id: string
  kind: NoticeKind
  provider: string
  /** the order it is about, where it is known */
  orderNo: string | null
  reason: string
  count: number
  firstAt: number
  at: number
  /** masked */
  samples: { at: number; content: unknown }[]
  /** whole numbers and both amounts, to look it up at the provider; null where nobody knows who sent it */
  facts: NoticeFacts | null
  /** what came is still there and can be sent through the door again */
  canReplay: boolean
  dismissed: { at: number; by: string; note: string } | null
}

export interface StatsView {
  now: number
  /** the last 30 Beijing days, the oldest first, today last; days without anything have no rows */
  days: { day: string; rows: Figures[] }[]
  /** yesterday until this hour and minute is not known: until the end of the hour that runs now */
  yesterdaySoFar: Figures[]
  /** up to when the hours were counted */
  countedAt: number
  needs: NeedView[]
}

/** Something that waits for a person; the page knows where it is solved. */
export type NeedView =
  | { what: 'surplus' | 'refund' | 'pastDue'; count: number }
  | { what: 'notices'; kind: NoticeKind; count: number }
  | { what: 'difference'; provider: string; day: string; count: number }
  | {
      what: 'settings'
      code: string
      problem: 'missing' | 'wrong' | 'refused' | 'expires' | 'expired'
      at: number | null
    }

export interface DifferenceView {
  kind: DifferenceKind
  /** our paymentNo or refundNo, as either side has it; repairs name the kind, it and theirNo */
  no: string
  orderNo: string | null
  theirNo: string | null
  oursFen: number | null
  theirsFen: number | null
  /** our state and their time, for a person */
  ours: string | null
  theirAt: number | null
  /** near the cut at midnight: judged with the next day's bill */
  waits: boolean
  /** a duplicate that is the bill's own: it lists one trade twice */
  isSameTrade: boolean
  repairs: ('query' | 'record' | 'refund' | 'ignore')[]
  repaired: { at: number; by: string; how: 'query' | 'record' | 'refund' | 'ignore' | 'next day'; note: string } | null
}

export interface ReconciliationView {
  provider: string
  day: string
  state: 'waiting' | 'done' | 'failed'
  /** why it failed last, a code of AppError */
  failure: string | null
  ranAt: number | null
  /** when it runs by itself */
  nextAt: number | null
  billed: { payments: number; paymentsFen: number; refunds: number; refundsFen: number; feesFen: number | null }
  recorded: { payments: number; paymentsFen: number; refunds: number; refundsFen: number }
  matched: number
  counts: Record<DifferenceKind, number>
  /** how many differences there were; the first 500 are here */
  found: number
  differences: DifferenceView[]
}

export interface ExportView {
  id: string
  what: 'orders' | 'refunds' | 'charges'
  from: string
  to: string
  state: 'running' | 'done' | 'failed' | 'expired'
  /** tooMany: fewer days must be chosen */
  failure: 'tooMany' | null
  rows: number
  bytes: number
  /** 0 to 1, by the time covered so far */
  progress: number
  createdAt: number
  doneAt: number | null
  /** when it is done: the cloud's file, and a link that works for an hour */
  fileId: string | null
  url: string | null
  by: string
}

export interface StaffView {
  staffId: string
  name: string
  role: StaffRole
  refundLimitFen: number | null
  addedAt: number
  isMe: boolean
}

export interface InviteView {
  staffId: string
  name: string
  role: StaffRole
  refundLimitFen: number | null
  expiresAt: number
}

export interface AuditView {
  id: string
  at: number
  /** the name then, or the last six of an openid without one */
  by: string
  what: string
  /** of the order or contract that it was about */
  number: string | null
  /** what was asked for and what came of it, by field */
  wish: Record<string, unknown>
  outcome: Record<string, unknown>
  before: unknown
  after: unknown
  /** the error's code when it did not happen */
  failed: string | null
  /** false: it runs, or was stopped in the middle, and may have happened */
  hasEnded: boolean
}

export interface SettingsView {
  code: string
  name: string
  /** null: nothing stored */
  version: number | null
  seeded: boolean
  /** stored, and not switched off */
  isOn: boolean
  /** all that are kept, the newest first: the first are in force, the others let what is under way go on */
  generations: SettingsGenerationView[]
  fields: SettingsFieldView[]
  /** what a person enters at the provider's console; null where each payment carries it, or the shop has no address yet */
  noticeAddress: string | null
  /** null: none stored; otherwise what is wrong, or nothing */
  problem: string | null
  /** the same by field */
  problems: SettingsProblem[]
  keys: KeyHealthView[]
  /** keys that the provider refuses, as its last answers said */
  refusedKeys: RefusedKeyView[]
  /** there is a provider to ask; what is typed is enough for it */
  canTest: boolean
}

/** `again`: it must be given again with a new address. `tooMany`, `stillOn`: about older settings, no field of the form. */
export interface SettingsProblem {
  field: string
  rule:
    | 'missing'
    | 'unknown'
    | 'range'
    | 'address'
    | 'privateKey'
    | 'publicKey'
    | 'key32'
    | 'https'
    | 'publicHost'
    | 'keySize'
    | 'tooShort'
    | 'sandbox'
    | 'rising'
    | 'again'
    | 'tooMany'
    | 'stillOn'
    | 'wrong'
}

export interface RefusedKeyView {
  /** of its notice, by which it can be put away */
  id: string
  generation: number
  field: string
  firstAt: number
  at: number
}

export interface SettingsGenerationView {
  generation: number
  /** null: in force */
  replacedAt: number | null
  /** whether they name the same merchant at the provider as those in force */
  isSameMerchant: boolean
  /** orders with a payment or refund under way that was made with them, and contracts that live */
  openOrders: number
  openContracts: number
}

export interface SettingsFieldView {
  name: string
  isSecret: boolean
  isRequired: boolean
  /** map: several texts by name; its value are the names */
  kind: 'text' | 'number' | 'flag' | 'list' | 'choice' | 'map'
  choices: string[]
  isSet: boolean
  /** what is stored, or null for a secret and for what is not set */
  value: unknown
  /** what holds when it is left empty; null: nothing */
  default: unknown
  /** of a number */
  least: number | null
  most: number | null
}

export interface KeyHealthView {
  field: string
  /** it can be read as the key that it should be */
  parses: boolean
  /** where two of them must belong together */
  pairs: boolean | null
  expiresAt: number | null
  /** e.g. RSA 2048, or which of two modes it serves */
  mode: string
}

export interface SettingsTestView {
  /** answered: it understood and believed us */
  outcome: 'answered' | 'refused' | 'unreachable' | 'misconfigured'
  /** which setting a person should look at first */
  look: string[]
  ms: number
}

/** An order as staff may see it: everything but payInfo and whole openids, which show as their last six characters. */
export interface StaffOrderView {
  orderNo: string
  state: OrderState
  standing: StaffStanding
  /** when an order that may no longer be paid closes at the latest */
  closesAt: number | null
  /** who looks placed it, and somebody else must refund it */
  isOwn: boolean
  shopper: string
  items: OrderItem[]
  amountFen: number
  currency: string
  createdAt: number
  expiresAt: number
  paidAt: number | null
  closedAt: number | null
  refundedFen: number
  dueAt: number | null
  tries: number
  payments: StaffPaymentView[]
  refunds: StaffRefundView[]
  history: HistoryEntry[]
  keys: string[]
  contract: { contractNo: string; period: string } | null
  /** what could not be applied to it, and waits for a person */
  notices: { id: string; kind: NoticeKind; reason: string; count: number; at: number }[]
  /** the server's clock when this was read */
  now: number
}

export interface StaffPaymentView
  extends Omit<Payment, 'no' | 'payInfo' | 'askedAt' | 'secondAskedAt' | 'claim' | 'surplus' | 'unknownBackSince'> {
  paymentNo: string
  surplus: boolean
  /** some of it went back outside, and nobody said how much */
  isBackUnknown: boolean
  /** what may still go back */
  refundableFen: number
  /** whether its provider refunds from here */
  canRefund: boolean
  /** null: its provider is not enabled, or calls it by nothing but its code */
  channelName: string | null
  channelNameEn: string | null
}

export interface StaffRefundView extends Omit<Refund, 'no' | 'claim' | 'recordedBy'> {
  refundNo: string
  /** it has had no result for long: a person may record what the provider's console shows */
  mayRecord: boolean
}

/** A contract as staff may see it: no whole openid. */
export interface StaffContractView extends ContractView {
  shopper: string
  provider: string
  /** the provider's contract_id */
  theirNo: string | null
  dueAt: number | null
  tries: number
}

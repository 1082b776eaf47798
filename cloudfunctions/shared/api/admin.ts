// The interface between the function `admin` and the mini-program: the inputs and results of all staff actions. All
// times are epoch ms, all amounts are in minor units. Staff members are named by staffId, never by openid.

import * as z from 'zod/mini'
import {
  beginningPattern,
  carrierPattern,
  currencyPattern,
  domainCodePattern,
  domainRatePattern,
  phoneTailPattern,
  requestChannelPattern,
  searchPattern,
  templatePattern,
  trackingNoPattern,
} from '../../../miniprogram/rules/numbers'
import {
  amountKinds,
  contractStates,
  debitRules,
  highestRank,
  longest,
  longestTrialDays,
  type OrderState,
  orderStates,
  type ProductKind,
  payTypes,
  periodUnits,
  productKinds,
  shippedAtOnce,
  shippingWays,
  windowDays,
} from '../../../miniprogram/rules/terms'
import type {
  AnswerKind,
  ComplaintAnswer,
  ComplaintEntry,
  ComplaintState,
  ToldComplaint,
} from '../domain/complaints/complaint'
import type { Terms } from '../domain/contractShape'
import type { HistoryEntry, OrderItem, StaffStanding } from '../domain/orders/orderShape'
import type { Shipping } from '../domain/orders/shipping'
import type { Payment } from '../domain/payment'
import type { Place } from '../domain/person'
import type { Refund } from '../domain/refund'
import { type DifferenceKind, differenceKinds } from '../domain/reports/reconcile'
import type { Figures } from '../domain/reports/stats'
import type { PayDomain } from '../domain/requests/payDomain'
import { isAtLeast, type Role, type StaffRole } from '../domain/staff'
import type { Attempt, DeliveryState, DeliveryType } from '../domain/telling/delivery'
import type { Endpoint } from '../domain/telling/endpoint'
import { type MessageKind, type MessageState, messageKinds } from '../domain/telling/message'
import type { NoticeFacts, NoticeKind } from '../store/notices'
import type { ContractView } from './contracts'
import { day, fen, line, orderNo, pageLimit, paragraph, paymentNo, refundNo, sku, word } from './fields'
import type { ProductView } from './orders'

const reason = line(longest.reason)
const note = line(longest.note)
/**
 * an id that the phone makes once for each request. If the phone repeats a request with the same id, we do not do it
 * twice
 */
const requestId = z.string().check(z.regex(/^[\w-]{8,64}$/))
const jobId = z.string().check(z.regex(/^[\w.-]{1,80}$/))
const noticeId = z.string().check(z.regex(/^[\w-]{1,200}$/))
const staffId = z.string().check(z.regex(/^[0-9a-f]{16}$/))
const role = z.enum(['owner', 'operator', 'viewer'])
/** the code that a browser shows for a sign-in; without vowels, and without letters that look alike */
const browserCode = z.string().check(z.regex(/^[2-9B-DF-HJ-NP-TV-Z]{8}$/))
/** the cursor that the previous page of a list returned; callers must not interpret it */
const cursor = z.string().check(z.regex(/^[\w.-]{1,120}$/))
/** the version that the stored document must have; null: the document must not exist yet */
const version = z.nullable(z.int().check(z.gte(1)))
const billNumber = z.string().check(z.regex(/^[!-~]{1,64}$/))
const endpointId = z.string().check(z.regex(/^[\w-]{8,64}$/))
// The id of a new endpoint must not be one that stands for a connected system's `bgUrl`.
const newEndpointId = z.string().check(z.regex(/^(?!bgUrl-of-)[\w-]{8,64}$/))
/** the id of a delivery: the event's id, @ and the endpoint's id */
const deliveryId = z.string().check(z.regex(/^[\w.-]{3,80}@[\w-]{8,64}$/))
const time = z.int().check(z.gte(0))
const address = z.string().check(z.regex(/^https?:\/\/[!-~]{1,500}$/))
const title = line(longest.title).check(z.minLength(1))
const subtitle = line(longest.subtitle)

const parcel = z.strictObject({
  carrier: z.string().check(z.regex(carrierPattern)),
  trackingNo: z.string().check(z.regex(trackingNoPattern)),
  phoneTail: z.optional(z.string().check(z.regex(phoneTailPattern))),
})
/** the number that the provider gave to a complaint */
const complaintId = z.string().check(z.regex(/^[\w-]{1,64}$/))
const domainCode = z.string().check(z.regex(domainCodePattern))
const beginning = z.string().check(z.regex(beginningPattern), z.maxLength(200))

const settingsFields = z.record(z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/)), z.unknown())

interface Action<Input extends z.ZodMiniType> {
  /** the role with the fewest rights that may use this action */
  from: Role
  /**
   * the schema. It is built at its first use: a function that starts needs only one schema, and building all of them
   * would take 7 ms
   */
  readonly input: Input
  /** whether the audit gets an entry for a call with this input */
  isAudited(input: z.infer<Input>): boolean
  /**
   * which field of the input has the number of the order or contract; the audit entry stores this number. null if the
   * action is about no order or contract
   */
  about: 'orderNo' | 'contractNo' | null
}

const row = <Input extends z.ZodMiniType>(build: () => Input, others: Omit<Action<Input>, 'input'>): Action<Input> => {
  let input: Input | undefined
  return {
    ...others,
    get input() {
      input ??= build()
      return input
    },
  }
}

/**
 * Makes the row of an action that only reads. Such actions have no audit entry, because entries about reading would
 * each cost a write and would hide the important ones.
 */
const query = <Input extends z.ZodMiniType>(from: Role, input: () => Input): Action<Input> =>
  row(input, { from, isAudited: () => false, about: null })

/** Makes the row of an action that changes something or calls a provider. Such actions always have an audit entry. */
const command = <Input extends z.ZodMiniType>(
  from: Role,
  input: () => Input,
  about: (keyof z.infer<Input> & ('orderNo' | 'contractNo')) | null = null,
): Action<Input> => row(input, { from, isAudited: () => true, about })

/** Makes the row of an action that reads or changes something, depending on its input. */
const either = <Input extends z.ZodMiniType>(
  from: Role,
  input: () => Input,
  isAudited: (input: z.infer<Input>) => boolean,
): Action<Input> => row(input, { from, isAudited, about: null })

/**
 * The staff actions, one row for each: the lowest role, the input, and what the audit stores. The handler of each
 * action is in cloudfunctions/admin/actions.ts. miniprogram/pages/admin/audit/messages.ts has a sentence for each
 * action that the audit records.
 */
export const adminApi = {
  /**
   * finds one order by one of its complete numbers, or lists the orders that fit one filter within at most 31 Beijing
   * days, newest first
   */
  orders: query('viewer', () =>
    z.strictObject({
      number: z.optional(z.string().check(z.regex(searchPattern))),
      from: z.optional(day),
      to: z.optional(day),
      filter: z.optional(
        z.union([
          z.strictObject({ state: z.enum(orderStates) }),
          z.strictObject({ provider: word }),
          z.strictObject({ contractNo: orderNo }),
          z.strictObject({ amountFen: fen }),
          /**
           * `needs`: the orders that need staff, however old they are. surplus: an overpayment was not refunded.
           * refund: a refund is unfinished for more than a day. shipping: WeChat still waits for the shipping report
           */
          z.strictObject({ needs: z.enum(['surplus', 'refund', 'shipping']) }),
        ]),
      ),
      cursor: z.optional(cursor),
      limit: z.optional(pageLimit),
    }),
  ),
  order: query('viewer', () => z.strictObject({ orderNo })),
  refund: command(
    'operator',
    () => z.strictObject({ orderNo, requestId, paymentNo, amountFen: fen, reason }),
    'orderNo',
  ),
  /** records the result of a refund by hand, as staff read it in the provider's console */
  recordRefund: command(
    'operator',
    () => z.strictObject({ orderNo, refundNo, isRefunded: z.boolean(), note: note.check(z.minLength(1)) }),
    'orderNo',
  ),
  recheck: command('operator', () => z.strictObject({ orderNo }), 'orderNo'),
  close: command('owner', () => z.strictObject({ orderNo }), 'orderNo'),
  /** enters how orders are shipped, for the report to WeChat; entering the same content again changes nothing */
  ship: command('operator', () =>
    z.strictObject({
      entries: z
        .array(z.strictObject({ orderNo, way: z.enum(shippingWays), parcels: z.optional(z.array(parcel)) }))
        .check(z.minLength(1), z.maxLength(shippedAtOnce)),
    }),
  ),

  /** lists complaints, newest first */
  complaints: query('viewer', () =>
    z.strictObject({ which: z.enum(['open', 'all']), cursor: z.optional(cursor), limit: z.optional(pageLimit) }),
  ),
  complaint: query('viewer', () => z.strictObject({ id: complaintId })),
  /** answers a complaint; a repeated requestId means the same answer */
  answerComplaint: command('operator', () =>
    z.strictObject({
      id: complaintId,
      requestId,
      answer: z.union([
        // WeChat allows 500 characters in a reply (回复用户), and 200 in the reason for refusing a refund (更新退款审批结果).
        z.strictObject({ what: z.literal('reply'), text: paragraph(longest.reply) }),
        z.strictObject({ what: z.literal('finish') }),
        z.strictObject({ what: z.literal('approveRefund'), days: z.int().check(z.gte(0), z.lte(30)) }),
        z.strictObject({ what: z.literal('rejectRefund'), text: paragraph(longest.rejection) }),
      ]),
    }),
  ),
  /** shows staff the phone number that a shopper left with a complaint */
  complaintPhone: command('operator', () => z.strictObject({ id: complaintId })),

  /** reads one contract by its number, or lists the contracts in one state, newest first */
  contracts: query('viewer', () =>
    z.strictObject({
      contractNo: z.optional(orderNo),
      state: z.optional(z.enum(contractStates)),
      cursor: z.optional(orderNo),
      limit: z.optional(pageLimit),
    }),
  ),
  endContract: command('operator', () => z.strictObject({ contractNo: orderNo }), 'contractNo'),
  plans: query('viewer', () => z.strictObject({})),
  /** creates or replaces a plan; contracts that are signed already keep their terms */
  savePlan: command('owner', () =>
    z.strictObject({
      version,
      plan: z.strictObject({
        plan: sku,
        title,
        titleEn: title,
        note: subtitle,
        noteEn: subtitle,
        currency: z.literal('CNY'),
        kind: z._default(z.enum(productKinds), 'goods'),
        amountKind: z.enum(amountKinds),
        amountFen: fen,
        ceilingFen: fen,
        firstAmountFen: z.nullable(fen),
        period: z.enum(periodUnits),
        trialDays: z.int().check(z.gte(0), z.lte(longestTrialDays)),
        debitRule: z.enum(debitRules),
        windowDays: z.nullable(z.literal([...windowDays])),
        template: z.string().check(z.regex(templatePattern)),
        provider: word,
        onSale: z.boolean(),
        rank: z.int().check(z.gte(0), z.lte(highestRank)),
      }),
    }),
  ),
  products: query('viewer', () => z.strictObject({})),
  saveProduct: command('owner', () =>
    z.strictObject({
      version,
      product: z.strictObject({
        sku,
        title,
        titleEn: title,
        note: subtitle,
        noteEn: subtitle,
        priceFen: fen,
        currency: z.string().check(z.regex(currencyPattern)),
        kind: z._default(z.enum(productKinds), 'goods'),
        onSale: z.boolean(),
        rank: z.int().check(z.gte(0), z.lte(highestRank)),
      }),
    }),
  ),

  /** lists the open cases, newest first; with `dismissed`, the dismissed ones */
  notices: query('viewer', () =>
    z.strictObject({
      kind: z.optional(
        z.enum(['forged', 'unmatched', 'mismatched', 'contradiction', 'unresolved', 'stuck', 'keysRefused']),
      ),
      dismissed: z.optional(z.boolean()),
      cursor: z.optional(cursor),
      limit: z.optional(pageLimit),
    }),
  ),
  /**
   * processes stored notices again: the notices with the given ids, or one provider's open notices from a range of
   * time; at most 50
   */
  replay: command('operator', () =>
    z.strictObject({
      which: z.union([
        z.strictObject({ ids: z.array(noticeId).check(z.minLength(1), z.maxLength(50)) }),
        z.strictObject({ provider: word, from: z.int().check(z.gte(0)), to: z.int().check(z.gte(0)) }),
      ]),
    }),
  ),
  dismiss: command('operator', () => z.strictObject({ id: noticeId, note: note.check(z.minLength(1)) })),

  stats: query('viewer', () => z.strictObject({})),

  /**
   * reads the reconciliation of one provider and day, with its differences; `run` also starts the reconciliation
   * (again)
   */
  bills: either(
    'viewer',
    () => z.strictObject({ provider: word, day, run: z.optional(z.boolean()) }),
    ({ run }) => run === true,
  ),
  /**
   * resolves one difference: asks the provider, records what the bill has, refunds, or ignores the difference with a
   * note
   */
  repair: command('operator', () =>
    z.strictObject({
      provider: word,
      day,
      kind: z.enum(differenceKinds),
      /** the numbers that identify the difference; a bill may contain any character in them */
      no: billNumber,
      theirNo: z.nullable(billNumber),
      how: z.enum(['query', 'record', 'refund', 'ignore']),
      note: z.optional(note),
    }),
  ),

  /** starts an export (once for each requestId), reads the progress of one export, or lists the last exports */
  export: either(
    'operator',
    () =>
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

  /**
   * lists the staff, invites a person with a one-time code, changes or removes another staff member, or renames the
   * caller
   */
  staff: either(
    'owner',
    () =>
      z.union([
        z.strictObject({ list: z.literal(true) }),
        z.strictObject({
          invite: z.strictObject({
            role,
            name: line(longest.staffName).check(z.minLength(1)),
            refundLimitFen: z.optional(fen),
          }),
        }),
        /** changes the caller's own name */
        z.strictObject({ rename: line(longest.staffName).check(z.minLength(1)) }),
        z.strictObject({ withdraw: staffId }),
        z.strictObject({
          change: z.strictObject({
            staffId,
            role,
            name: line(longest.staffName).check(z.minLength(1)),
            refundLimitFen: z.optional(fen),
          }),
        }),
        z.strictObject({ remove: staffId }),
        /** signs a staff member out of one browser */
        z.strictObject({ endSession: staffId }),
      ]),
    (input) => !('list' in input),
  ),
  /**
   * the browsers in which the caller is signed in: lists them, or ends one session. Also for a new sign-in: finds the
   * browser that shows a code, or confirms the sign-in of that browser
   */
  sessions: either(
    'viewer',
    () =>
      z.union([
        z.strictObject({ list: z.literal(true) }),
        z.strictObject({ look: browserCode }),
        z.strictObject({ confirm: browserCode }),
        z.strictObject({ end: staffId }),
      ]),
    (input) => 'confirm' in input || 'end' in input,
  ),
  audit: query('owner', () => z.strictObject({ cursor: z.optional(cursor), limit: z.optional(pageLimit) })),

  /** lists the addresses of other systems that get our events */
  endpoints: query('viewer', () => z.strictObject({})),
  /**
   * adds an endpoint (the caller chooses its id, so that a repeated request adds it once), gives it a second secret,
   * ends the older secret, or switches it on or off
   */
  changeEndpoint: command('owner', () =>
    z.union([
      z.strictObject({
        add: z.strictObject({ id: newEndpointId, url: address, note: line(longest.label) }),
      }),
      z.strictObject({ newSecret: endpointId }),
      z.strictObject({ endOldSecret: endpointId }),
      z.strictObject({ switchOn: endpointId }),
      z.strictObject({ switchOff: endpointId }),
    ]),
  ),
  /** lists the other systems that send people to our cashier */
  domains: query('owner', () => z.strictObject({})),
  /**
   * adds or replaces a connected system (domain), gives it a second secret, ends the older secret, or switches it on or
   * off
   */
  changeDomain: command('owner', () =>
    z.union([
      z.strictObject({
        save: z.strictObject({
          version,
          domain: z.strictObject({
            code: domainCode,
            name: line(longest.label).check(z.minLength(1)),
            signature: z.enum(['values', 'hmac']),
            origins: z.array(beginning).check(z.minLength(1), z.maxLength(20)),
            hosts: z.array(beginning).check(z.minLength(1), z.maxLength(20)),
            channels: z.array(z.enum(payTypes)).check(z.minLength(1), z.maxLength(payTypes.length)),
            rates: z.array(z.string().check(z.regex(domainRatePattern))).check(z.minLength(1), z.maxLength(20)),
            requestChannels: z
              .array(z.string().check(z.regex(requestChannelPattern)))
              .check(z.minLength(1), z.maxLength(20)),
            bareOpenid: z.boolean(),
          }),
        }),
      }),
      z.strictObject({ newSecret: domainCode }),
      z.strictObject({ endOldSecret: domainCode }),
      z.strictObject({ switchOn: domainCode }),
      z.strictObject({ switchOff: domainCode }),
    ]),
  ),
  /** sends an event of the type endpoint.test to an endpoint */
  testEndpoint: command('operator', () => z.strictObject({ id: endpointId })),
  /**
   * lists deliveries, newest first: all deliveries, or only the deliveries in one state, to one endpoint, or about one
   * order or contract
   */
  deliveries: query('viewer', () =>
    z.strictObject({
      of: z.optional(
        z.union([
          z.strictObject({ state: z.enum(['waiting', 'done', 'failed']) }),
          z.strictObject({ endpoint: endpointId }),
          z.strictObject({ subject: orderNo }),
        ]),
      ),
      cursor: z.optional(z.string().check(z.regex(/^\d{1,16}\.[\w.-]{3,80}@[\w-]{8,64}$/))),
      limit: z.optional(pageLimit),
    }),
  ),
  /**
   * sends deliveries again: one delivery, all deliveries about one order, or the deliveries from a range of time (to
   * one endpoint or to all). One delivery is sent at once; several are sent by the timer
   */
  resend: command('operator', () =>
    z.strictObject({
      which: z.union([
        z.strictObject({ id: deliveryId }),
        z.strictObject({ orderNo }),
        z.strictObject({ endpoint: z.optional(endpointId), from: time, to: time, failedOnly: z.boolean() }),
      ]),
    }),
  ),

  settings: query('owner', () => z.strictObject({})),
  /**
   * Saves settings. `fields` has the changed fields; null removes a field, and a missing field stays as it is.
   * `enabled: false` switches the provider off; open payments are still finished. `older` restores or ends older
   * settings; then the other fields are ignored.
   */
  saveSettings: command('owner', () =>
    z.strictObject({
      code: word,
      version,
      enabled: z.boolean(),
      fields: settingsFields,
      older: z.optional(z.strictObject({ generation: z.int().check(z.gte(1)), do: z.enum(['restore', 'end']) })),
    }),
  ),
  /**
   * tests settings with a harmless query to the provider. We take the stored settings and apply the unsaved changes in
   * `fields`
   */
  testSettings: command('owner', () => z.strictObject({ code: word, fields: z.optional(settingsFields) })),
  /**
   * Asks whether the provider has called us for a key test. `testSettings` began that test, and returned the value of
   * `check` in `proofs.check`
   */
  keyCheck: query('owner', () => z.strictObject({ code: word, check: z.string().check(z.regex(/^[0-9a-f]{32}$/)) })),
  /** lists the kinds of messages that the shop sends, and the last messages */
  messages: query('owner', () => z.strictObject({})),
  /** records that the caller has given WeChat's permission for one message about a new order */
  hearOrders: command('owner', () => z.strictObject({})),
  /** sends the caller an example message, for which WeChat needs the caller's permission */
  testMessage: command('owner', () => z.strictObject({ kind: z.enum(messageKinds) })),
  /** uses a claim code or an invitation's code; without a code it only returns the caller's role */
  claim: either(
    'stranger',
    () =>
      z.strictObject({
        code: z.optional(z.string().check(z.regex(/^[0-9A-Za-z -]{20,40}$/))),
        /** the name of the first owner; for others the invitation contains the name */
        name: z.optional(line(longest.staffName).check(z.minLength(1))),
      }),
    ({ code }) => code !== undefined,
  ),
}

export type AdminAction = keyof typeof adminApi
/** The input of an action after it was checked, as its handler gets it. */
export type AdminInput<A extends AdminAction> = z.infer<(typeof adminApi)[A]['input']>
/** The input of an action before it is checked, as the phone sends it. */
export type AdminAsked<A extends AdminAction> = z.input<(typeof adminApi)[A]['input']>

/** The input schema of each action, by the action's name. */
export const adminSchemas = Object.defineProperties(
  {},
  Object.fromEntries(
    Object.entries(adminApi).map(([action, row]) => [action, { get: () => row.input, enumerable: true }]),
  ),
) as { readonly [A in AdminAction]: (typeof adminApi)[A]['input'] }

/** Whether a role may use an action. `action` can be any text that a caller sent; nobody may use an unknown action. */
export const mayDo = (role: Role, action: string): boolean =>
  Object.entries(adminApi).some(([name, { from }]) => name === action && isAtLeast(role, from))

export interface AdminResults {
  // In all lists, `broken` has the ids of stored documents that belong to the list but cannot be read.
  /**
   * `cursor` says where the next page of the list continues; null on the last page. `now` is the server's time, from
   * which the phone calculates what “today” is
   */
  orders: { orders: StaffOrderRow[]; broken: string[]; cursor: string | null; now: number }
  order: { order: StaffOrderView }
  refund: { order: StaffOrderView; refundNo: string }
  recordRefund: { order: StaffOrderView }
  recheck: { order: StaffOrderView }
  close: { order: StaffOrderView }
  /** for each entry: its order number, and why the entry was not stored; `problem` is null if the entry was stored */
  ship: { results: { orderNo: string; problem: 'NotFound' | 'Conflict' | 'BadInput' | null }[] }
  complaints: { complaints: ComplaintRow[]; broken: string[]; cursor: string | null; now: number }
  /** `history`: newest first; null if the provider does not give the history now */
  complaint: { complaint: ComplaintView; history: ComplaintEntryView[] | null }
  answerComplaint: { complaint: ComplaintView; history: ComplaintEntryView[] | null }
  complaintPhone: { phone: string }
  contracts: { contracts: StaffContractView[]; broken: string[]; cursor: string | null }
  endContract: { contract: StaffContractView }
  /** `noticePlace`: the address for the provider's notifications without its last part, `/<provider>` */
  plans: { plans: StaffPlanView[]; broken: string[]; noticePlace: string }
  savePlan: { plan: StaffPlanView }
  products: { products: StaffProductView[]; broken: string[] }
  saveProduct: { product: StaffProductView }
  notices: { notices: NoticeView[]; broken: string[]; cursor: string | null }
  /** for each case: whether its notices were applied, and if not, why */
  replay: { results: { id: string; applied: boolean; reason: string }[] }
  dismiss: { notice: NoticeView }
  stats: StatsView
  /** `providers`: the codes of the providers that have bills; `now`: the server's time */
  bills: { providers: string[]; reconciliation: ReconciliationView | null; now: number }
  repair: { reconciliation: ReconciliationView }
  /** `exports`: the exports, newest first. `now`: the server's time, from which the page calculates its days */
  export: { exports: ExportView[]; broken: string[]; now: number }
  staff: { people: StaffView[]; invites: InviteView[]; code?: string }
  /**
   * `login`: the browser that shows the code. `mayConfirm`: whether the caller can confirm codes; false in a browser,
   * because codes are confirmed on a phone
   */
  sessions: {
    sessions: SessionView[]
    mayConfirm: boolean
    login: LoginView | null
    /** the web address of the back office, for a browser */
    address: string
  }
  endpoints: { endpoints: EndpointView[]; broken: string[] }
  /** `secret`: the new secret, which is shown only now; null if no secret was made, or if an earlier call made it */
  changeEndpoint: { endpoint: EndpointView; secret: string | null }
  domains: { domains: DomainView[]; broken: string[] }
  /** `secret`: the new secret, which is shown only now; null if no secret was made */
  changeDomain: { domain: DomainView; secret: string | null }
  testEndpoint: { endpoint: EndpointView; attempt: Attempt; isAccepted: boolean }
  deliveries: { deliveries: DeliveryView[]; broken: string[]; cursor: string | null }
  /** `deliveries`: how many will be sent again; `more`: whether further deliveries are left for another call */
  resend: { deliveries: number; more: boolean; delivery: DeliveryView | null }
  audit: { entries: AuditView[]; broken: string[]; cursor: string | null }
  settings: { settings: SettingsView[] }
  saveSettings: { settings: SettingsView[] }
  testSettings: { result: SettingsTestView }
  /** the message settings of the shop, and the last messages */
  messages: MessagesView
  hearOrders: MessagesView
  testMessage: MessagesView & { state: MessageState; code: number | null }
  keyCheck: { callback: CallbackProof; look: readonly string[] }
  claim: {
    role: Role
    name: string
    refundLimitFen: number | null
    /** the names of all providers and of their settings; empty for a stranger */
    providers: { code: string; name: string; nameEn: string; fields: Readonly<Record<string, FieldNamesView>> }[]
  }
}

interface FieldNamesView {
  zh: string
  en: string
  choices?: Readonly<Record<string, { zh: string; en: string }>>
}

/** A connected system (domain) as the back office shows it, without its secrets. */
export interface DomainView
  extends Pick<
    PayDomain,
    | 'version'
    | 'name'
    | 'state'
    | 'signature'
    | 'origins'
    | 'hosts'
    | 'channels'
    | 'rates'
    | 'requestChannels'
    | 'bareOpenid'
    | 'createdAt'
  > {
  code: string
  /** whether two secrets are valid, because staff have not ended the older one yet */
  hasTwoSecrets: boolean
  /** whether the connected system already signs with the newer secret */
  usesNext: boolean
}

/** An endpoint as the back office shows it, without its secrets. */
export interface EndpointView extends Pick<Endpoint, 'url' | 'note' | 'domain' | 'state' | 'offBecause' | 'createdAt'> {
  id: string
  failingSince: number | null
  isSlow: boolean
  /**
   * when the endpoint last accepted an event; this time may be up to ten minutes too early; null if the endpoint never
   * accepted one
   */
  okAt: number | null
  /** whether we sign with two secrets, because staff have not ended the older one yet */
  hasTwoSecrets: boolean
}

export interface DeliveryView {
  id: string
  endpoint: string
  /** the address that was called; null if the endpoint no longer exists */
  url: string | null
  eventId: string
  type: DeliveryType
  subject: string
  at: number
  state: DeliveryState
  dueAt: number | null
  tries: number
  /** the last tries to send this delivery, newest first */
  attempts: Attempt[]
}

export interface StaffOrderRow {
  orderNo: string
  state: OrderState
  standing: StaffStanding
  /** the last six characters of the shopper's openid */
  shopper: string
  /** the title of the first item; `pieces` counts the pieces of all items */
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
  /** when the oldest unfinished refund was requested; null: no refund is unfinished */
  refundSince: number | null
  /**
   * shipSince: since when WeChat waits for the shipping report; null if WeChat does not wait. shipState: the state of
   * the report
   */
  shipSince: number | null
  shipState: Shipping['state'] | null
}

export interface ComplaintRow {
  id: string
  /**
   * the state of the complaint; null if a notice named the complaint, but we have not read the complaint from the
   * provider yet
   */
  state: ComplaintState | null
  text: string
  problem: string
  about: ToldComplaint['about']
  amountFen: number | null
  orderNo: string | null
  complainedAt: number
  isOpen: boolean
  awaitsReply: boolean
  /**
   * answerBy: until when the shopper must get an answer; doneBy: until when the complaint must be finished; null:
   * nothing to do
   */
  answerBy: number | null
  doneBy: number | null
}

export interface ComplaintView extends ComplaintRow {
  payments: ToldComplaint['payments']
  refundAskedFen: number | null
  isRefunded: boolean
  times: number
  pictures: number
  /** whether the shopper left a phone number and the caller may see it */
  hasPhone: boolean
  /** the kinds of answers that the caller can give now */
  may: AnswerKind[]
  /** the shop's answers, newest first */
  answers: (Pick<ComplaintAnswer, 'what' | 'text' | 'at' | 'state' | 'reason'> & { by: string })[]
  now: number
}

/** One entry of what the shopper, the shop or the platform said or did. */
export type ComplaintEntryView = ComplaintEntry

export interface StaffProductView extends ProductView {
  onSale: boolean
  rank: number
  version: number
}

export interface StaffPlanView extends Terms {
  kind: ProductKind
  provider: string
  onSale: boolean
  rank: number
  version: number
}

export interface NoticeView {
  id: string
  kind: NoticeKind
  provider: string
  /** the order that the case is about; null if the order is not known */
  orderNo: string | null
  reason: string
  count: number
  firstAt: number
  at: number
  /** the stored notices of the case, with secrets and personal data masked */
  samples: { at: number; content: unknown }[]
  /**
   * the numbers and amounts with which staff find the payment in the provider's console, not masked; null if we could
   * not verify the sender
   */
  facts: NoticeFacts | null
  /** whether the complete requests are stored, so that staff can replay them */
  canReplay: boolean
  dismissed: { at: number; by: string; note: string } | null
}

export interface StatsView {
  now: number
  /** the last 30 Beijing days, oldest first; a day without payments has no rows */
  days: { day: string; rows: Figures[] }[]
  /**
   * yesterday's figures up to the same hour, for comparison with today. We count whole hours: at 9:20 these are the
   * figures until 10:00 yesterday
   */
  yesterdaySoFar: Figures[]
  /** the names of the connected systems (domains) that have orders among today's figures */
  domainNames: { code: string; name: string }[]
  /** up to which time the figures are counted, epoch ms */
  countedAt: number
  /** the tasks of staff; null if we could not read the tasks now. Then the page must not say that there are none */
  needs: NeedView[] | null
}

/** A task for staff. The page links to the place where staff can solve it. */
export type NeedView =
  /**
   * how many things wait. For `endpoints`: how many endpoints were switched off because they failed for five days or
   * answered 410
   */
  | { what: 'surplus' | 'refund' | 'pastDue' | 'shipping' | 'endpoints'; count: number }
  | { what: 'notices'; kind: NoticeKind; count: number }
  /** `by`: the earliest time until which a complaint must be answered or finished */
  | { what: 'complaints'; count: number; by: number }
  | { what: 'difference'; provider: string; day: string; count: number }
  | {
      what: 'settings'
      code: string
      problem: 'missing' | 'wrong' | 'refused' | 'expires' | 'expired'
      at: number | null
    }

export interface DifferenceView {
  kind: DifferenceKind
  /**
   * our paymentNo or refundNo, from our record or from the bill. To resolve the difference, the phone sends the kind,
   * this number and theirNo
   */
  no: string
  orderNo: string | null
  theirNo: string | null
  oursFen: number | null
  theirsFen: number | null
  /** ours: the state in our record. theirAt: the time in the bill */
  ours: string | null
  theirAt: number | null
  /**
   * whether the time is near midnight. Then we must wait for the next day's bill: if the payment or refund is in that
   * bill, there is no difference
   */
  waits: boolean
  /** for a duplicate: whether the bill only lists the same transaction twice, so that no money moved twice */
  isSameTrade: boolean
  repairs: ('query' | 'record' | 'refund' | 'ignore')[]
  repaired: { at: number; by: string; how: 'query' | 'record' | 'refund' | 'ignore' | 'next day'; note: string } | null
}

export interface ReconciliationView {
  provider: string
  day: string
  state: 'waiting' | 'done' | 'failed'
  /** the error code of the last failure; null if nothing failed */
  failure: string | null
  ranAt: number | null
  /** when the timer will run this reconciliation next; null if it will not run again */
  nextAt: number | null
  billed: { payments: number; paymentsFen: number; refunds: number; refundsFen: number; feesFen: number | null }
  recorded: { payments: number; paymentsFen: number; refunds: number; refundsFen: number }
  matched: number
  counts: Record<DifferenceKind, number>
  /** how many differences there are in total; `differences` has at most the first 500 */
  found: number
  differences: DifferenceView[]
}

export interface ExportView {
  id: string
  what: 'orders' | 'refunds' | 'charges'
  from: string
  to: string
  state: 'running' | 'done' | 'failed' | 'expired'
  /** tooMany: the export has too many rows, so the staff member must choose fewer days */
  failure: 'tooMany' | null
  rows: number
  bytes: number
  /** how much of the range of days is exported, from 0 to 1 */
  progress: number
  createdAt: number
  doneAt: number | null
  /** fileId: the file in cloud storage, once the export is done; url: its download address, valid for an hour */
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
  /** the browsers in which this staff member is signed in */
  sessions: SessionView[]
}

/** A browser in which a staff member is signed in. */
export interface SessionView {
  id: string
  place: Place
  /** the names of browser and system, such as `Chrome, Windows`; may be empty */
  browser: string
  createdAt: number
  /** when the browser last used the session; this time may be up to about ten minutes too early */
  usedAt: number
  /** whether the call itself came from this browser */
  isThis: boolean
}

/** A browser that waits for a staff member to confirm its sign-in. */
export interface LoginView {
  place: Place
  browser: string
  /** the browser's network address; may be empty */
  address: string
  /** whether the caller's phone has the same network address as the browser; null if we do not know both addresses */
  isSameNetwork: boolean | null
  askedAt: number
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
  /** the name that the staff member had at that time; without a name, the last six characters of the openid */
  by: string
  what: string
  /** the number of the order or contract that the action was about; null if it was about neither */
  number: string | null
  /** wish: the fields of the request; outcome: the fields of the result */
  wish: Record<string, unknown>
  outcome: Record<string, unknown>
  before: unknown
  after: unknown
  /** the code of the error if the action failed; otherwise null */
  failed: string | null
  /**
   * whether the action has ended. false: the action still runs, or the function was killed during the action, which may
   * have taken effect
   */
  hasEnded: boolean
}

export interface SettingsView {
  code: string
  name: string
  /** the version of the stored settings; null if no settings are stored */
  version: number | null
  seeded: boolean
  /** whether settings are stored and the provider is not switched off */
  isOn: boolean
  /**
   * the kept generations of these settings, newest first. The first generation is used for new payments; the others are
   * used to finish open payments
   */
  generations: SettingsGenerationView[]
  fields: SettingsFieldView[]
  /**
   * the address of our server that staff must enter at the provider for notifications; null if we send the address with
   * each payment, or if the shop has no address yet
   */
  noticeAddress: string | null
  /**
   * whether the provider has codes or links that the mini-program does not offer because of the shop's setting
   * `externalWays`
   */
  isKeptOut: boolean
  /**
   * what is wrong with the settings: the first problem, or an empty text if we know only that something is wrong; null:
   * nothing is wrong
   */
  problem: string | null
  /** what is wrong with the settings, by field */
  problems: SettingsProblem[]
  keys: KeyHealthView[]
  /** the keys that the provider refused in its last replies */
  refusedKeys: RefusedKeyView[]
  /** whether staff can test these settings with a query to the provider */
  canTest: boolean
}

/**
 * What is wrong with a field of settings. `again`: the address was changed, so staff must enter the secret again.
 * `tooMany` (too many older settings are kept) and `stillOn` (the provider must be switched off first) are not about a
 * field of the form.
 */
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
    | 'key43'
    | 'token'
    | 'template'
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
  /** the id of the case about this key, with which staff can dismiss the case */
  id: string
  generation: number
  field: string
  firstAt: number
  at: number
}

export interface SettingsGenerationView {
  generation: number
  /** when newer settings replaced this generation; null if this is the current generation */
  replacedAt: number | null
  /** whether this generation belongs to the same merchant as the current generation */
  isSameMerchant: boolean
  /**
   * openOrders: how many orders have a payment or refund that began with this generation and is unfinished;
   * openContracts: how many contracts that began with this generation have not ended
   */
  openOrders: number
  openContracts: number
}

export interface SettingsFieldView {
  name: string
  isSecret: boolean
  isRequired: boolean
  /**
   * how the field is shown. list: several whole numbers; texts: several texts; map: several texts, each with a name
   * (`value` has only the names)
   */
  kind: 'text' | 'number' | 'flag' | 'list' | 'texts' | 'choice' | 'map'
  choices: string[]
  isSet: boolean
  /** the stored value; null for a secret or an empty field */
  value: unknown
  /** the value that is used if the field is empty; null if there is no such value */
  default: unknown
  /** the smallest and the largest number that is allowed */
  least: number | null
  most: number | null
}

export interface KeyHealthView {
  field: string
  /** whether the text can be read as a key of the expected type */
  parses: boolean
  /** whether the private key and the public key belong together; null if there is no such pair */
  pairs: boolean | null
  expiresAt: number | null
  /** the type of the key, such as RSA 2048, or the mode in which the key is used */
  mode: string
}

export interface MessagesView {
  /** the kinds of messages that have a template, with the template's id */
  kinds: { kind: MessageKind; template: string }[]
  /** whether the caller gets a message for each new order */
  isHearing: boolean
  /** the last messages, newest first */
  last: { id: string; kind: MessageKind; number: string; state: MessageState; code: number | null; at: number }[]
}

export type { MessageKind, MessageState }

export interface SettingsTestView {
  /** the result of the test. answered: the provider accepted our signature and replied */
  outcome: 'answered' | 'refused' | 'unreachable' | 'misconfigured'
  /** the settings in which staff should look for a mistake first */
  look: string[]
  ms: number
  /** what the test proved about the keys, for providers that can call us (`checkKeys`) */
  proofs?: KeyProofs
}

/**
 * What a test proved about the keys. key: whether the provider accepts our signature; answer: whether we can verify the
 * provider's signature. null: not known, because an earlier step failed.
 */
export interface KeyProofs {
  key: boolean | null
  answer: boolean | null
  /** whether the provider's call has arrived; null if we did not ask the provider to call */
  callback: CallbackProof | null
  /** the value with which `keyCheck` asks whether the call has arrived; null if we wait for no call */
  check: string | null
}

/**
 * Whether the provider's test call has arrived. opened: yes, and we could decrypt it. sealed: yes, but our key does not
 * decrypt it.
 */
export type CallbackProof = 'awaited' | 'opened' | 'sealed'

/** An order as staff see it: without payInfo, and with only the last six characters of the shopper's openid. */
export interface StaffOrderView {
  orderNo: string
  state: OrderState
  standing: StaffStanding
  /** the latest time at which an expired order will be closed; null if the order has not expired */
  closesAt: number | null
  /** whether the caller placed this order; if so, another staff member must refund it */
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
  /** the shipping report for WeChat; null if the order needs no report */
  shipping: StaffShippingView | null
  /** whether staff may enter or correct how the order is shipped */
  mayShip: boolean
  /**
   * the other system whose request made the order, with that system's own number; null if the order was made in the
   * shop
   */
  domain: { code: string; name: string; requestKey: string } | null
  /** the open cases about this order */
  notices: { id: string; kind: NoticeKind; reason: string; count: number; at: number }[]
  /** the server's time when it read the order */
  now: number
}

export interface StaffShippingView
  extends Pick<Shipping, 'state' | 'way' | 'parcels' | 'since' | 'reportedAt' | 'receivedAt'> {
  /** the error code of WeChat's last answer; null: no error */
  code: number | null
  /** whether the one correction that WeChat allows is used up */
  isCorrected: boolean
}

export interface StaffPaymentView
  extends Omit<Payment, 'no' | 'payInfo' | 'askedAt' | 'secondAskedAt' | 'claim' | 'surplus' | 'unknownBackSince'> {
  paymentNo: string
  surplus: boolean
  /** whether a part of this payment was refunded outside our system and we do not know the amount */
  isBackUnknown: boolean
  /** how much of this payment can still be refunded, in minor units */
  refundableFen: number
  /** whether our system can refund this payment through its provider */
  canRefund: boolean
  /** the channel's name in Chinese; null if the provider has no settings or gives no name */
  channelName: string | null
  channelNameEn: string | null
}

export interface StaffRefundView extends Omit<Refund, 'no' | 'claim' | 'askedAt' | 'recordedBy'> {
  refundNo: string
  /**
   * whether staff may record this refund's result from the provider's console, because the provider has not given a
   * result for a long time
   */
  mayRecord: boolean
}

/** A contract as staff see it, with only the end of the subscriber's openid. */
export interface StaffContractView extends ContractView {
  shopper: string
  provider: string
  /** the contract's number at the provider (contract_id) */
  theirNo: string | null
  dueAt: number | null
  tries: number
}

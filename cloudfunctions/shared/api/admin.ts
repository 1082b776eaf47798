// The admin function's interface with the mini-program: the inputs and results of all staff actions. All times are in
// epoch ms, all amounts in minor units. Staff members are named by staffId, never by openid.
import * as z from 'zod/mini'
import type {
  AnswerKind,
  ComplaintAnswer,
  ComplaintEntry,
  ComplaintState,
  ToldComplaint,
} from '../domain/complaints/complaint'
import type { Terms } from '../domain/contractShape'
import { type ProductKind, productKinds } from '../domain/orders/goods'
import type { HistoryEntry, OrderItem, OrderState, StaffStanding } from '../domain/orders/orderShape'
import { type Shipping, type ShippingWay, shippingWays } from '../domain/orders/shipping'
import type { Payment } from '../domain/payment'
import type { Place } from '../domain/person'
import type { Refund } from '../domain/refund'
import { type DifferenceKind, differenceKinds } from '../domain/reports/reconcile'
import type { Figures } from '../domain/reports/stats'
import type { PayDomain } from '../domain/requests/payDomain'
import { payTypes } from '../domain/requests/payType'
import { isAtLeast, type Role, type StaffRole } from '../domain/staff'
import type { Attempt, DeliveryState, DeliveryType } from '../domain/telling/delivery'
import type { Endpoint } from '../domain/telling/endpoint'
import { type MessageKind, type MessageState, messageKinds } from '../domain/telling/message'
import type { NoticeFacts, NoticeKind } from '../store/notices'
import type { ContractView } from './contracts'
import { day, fen, line, orderNo, pageLimit, paragraph, paymentNo, refundNo, sku, word } from './fields'
import type { ProductView } from './orders'

const reason = line(80)
const note = line(200)
/** an id that the phone makes once for each request: a repeated id is the same request */
const requestId = z.string().check(z.regex(/^[\w-]{8,64}$/))
const jobId = z.string().check(z.regex(/^[\w.-]{1,80}$/))
const noticeId = z.string().check(z.regex(/^[\w-]{1,200}$/))
const staffId = z.string().check(z.regex(/^[0-9a-f]{16}$/))
const role = z.enum(['owner', 'operator', 'viewer'])
/** the code that a browser shows: no vowels, and no letters that look alike */
const browserCode = z.string().check(z.regex(/^[2-9B-DF-HJ-NP-TV-Z]{8}$/))
/** opaque: the cursor that the previous page returned */
const cursor = z.string().check(z.regex(/^[\w.-]{1,120}$/))
/** the version that must be stored now; null: nothing may be stored yet */
const version = z.nullable(z.int().check(z.gte(1)))
const billNumber = z.string().check(z.regex(/^[!-~]{1,64}$/))
const endpointId = z.string().check(z.regex(/^[\w-]{8,64}$/))
/** an event's number, @ and an endpoint's id */
const deliveryId = z.string().check(z.regex(/^[\w.-]{3,80}@[\w-]{8,64}$/))
const time = z.int().check(z.gte(0))
const address = z.string().check(z.regex(/^https?:\/\/[!-~]{1,500}$/))
const title = line(60).check(z.minLength(1))
const subtitle = line(120)

const parcel = z.strictObject({
  // express_company and tracking_no of WeChat's 发货信息录入 hold up to 128 bytes.
  carrier: z.string().check(z.regex(/^[A-Za-z0-9_]{1,32}$/)),
  trackingNo: z.string().check(z.regex(/^[A-Za-z0-9-]{4,64}$/)),
  phoneTail: z.optional(z.string().check(z.regex(/^\d{4}$/))),
})
/** the number that the provider gave a complaint */
const complaintId = z.string().check(z.regex(/^[\w-]{1,64}$/))
const domainCode = z.string().check(z.regex(/^[A-Za-z][\w-]{0,31}$/))
/** the beginning of an address: scheme, host, and perhaps a port and a path */
const beginning = z.string().check(z.regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?(\/[\w.~/-]*)?$/), z.maxLength(200))

const settingsFields = z.record(z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/)), z.unknown())

/** One action of the admin function. */
interface Action<Input extends z.ZodMiniType> {
  /** the lowest role that may use the action */
  from: Role
  input: Input
  /** whether an audit entry is written for this input */
  isAudited(input: z.infer<Input>): boolean
  /** the input field that names the order or contract of the audit entry */
  about: 'orderNo' | 'contractNo' | null
}

/** An action that only reads. It has no audit entry: one for each read would cost a write and hide the others. */
const query = <Input extends z.ZodMiniType>(from: Role, input: Input): Action<Input> => ({
  from,
  input,
  isAudited: () => false,
  about: null,
})

/** An action that changes something or calls a provider. */
const command = <Input extends z.ZodMiniType>(
  from: Role,
  input: Input,
  about: (keyof z.infer<Input> & ('orderNo' | 'contractNo')) | null = null,
): Action<Input> => ({ from, input, isAudited: () => true, about })

/** An action that reads or changes something, depending on its input. */
const either = <Input extends z.ZodMiniType>(
  from: Role,
  input: Input,
  isAudited: (input: z.infer<Input>) => boolean,
): Action<Input> => ({ from, input, isAudited, about: null })

/**
 * The staff actions, one row each: the lowest role, the input, and what the audit keeps. The handler is in
 * cloudfunctions/admin/actions.ts. An audited action has a sentence in miniprogram/pages/admin/audit/messages.ts.
 */
export const adminApi = {
  /** orders by any of their numbers (exact), or by one filter within at most 31 Beijing days, newest first */
  orders: query(
    'viewer',
    z.strictObject({
      number: z.optional(z.string().check(z.regex(/^[\w.-]{4,64}$/))),
      from: z.optional(day),
      to: z.optional(day),
      filter: z.optional(
        z.union([
          z.strictObject({ state: z.enum(['open', 'paid', 'closed']) }),
          z.strictObject({ provider: word }),
          z.strictObject({ contractNo: orderNo }),
          z.strictObject({ amountFen: fen }),
          /**
           * orders with a surplus that is not refunded, with a refund open for more than a day, or whose shipping
           * WeChat does not know yet; without days
           */
          z.strictObject({ needs: z.enum(['surplus', 'refund', 'shipping']) }),
        ]),
      ),
      cursor: z.optional(cursor),
      limit: z.optional(pageLimit),
    }),
  ),
  order: query('viewer', z.strictObject({ orderNo })),
  refund: command('operator', z.strictObject({ orderNo, requestId, paymentNo, amountFen: fen, reason }), 'orderNo'),
  /** records the result of a refund by hand, as the provider's merchant console shows it */
  recordRefund: command(
    'operator',
    z.strictObject({ orderNo, refundNo, isRefunded: z.boolean(), note: note.check(z.minLength(1)) }),
    'orderNo',
  ),
  recheck: command('operator', z.strictObject({ orderNo }), 'orderNo'),
  close: command('owner', z.strictObject({ orderNo }), 'orderNo'),
  /** enters how orders go out, for the report to WeChat; entering the same again changes nothing */
  ship: command(
    'operator',
    z.strictObject({
      entries: z
        .array(z.strictObject({ orderNo, way: z.enum(shippingWays), parcels: z.optional(z.array(parcel)) }))
        .check(z.minLength(1), z.maxLength(50)),
    }),
  ),

  /** complaints, the newest first */
  complaints: query(
    'viewer',
    z.strictObject({ which: z.enum(['open', 'all']), cursor: z.optional(cursor), limit: z.optional(pageLimit) }),
  ),
  complaint: query('viewer', z.strictObject({ id: complaintId })),
  /** answers a complaint; a repeated requestId is the same answer */
  answerComplaint: command(
    'operator',
    z.strictObject({
      id: complaintId,
      requestId,
      answer: z.union([
        // 回复用户 takes 500 characters, 更新退款审批结果 200.
        z.strictObject({ what: z.literal('reply'), text: paragraph(500) }),
        z.strictObject({ what: z.literal('finish') }),
        z.strictObject({ what: z.literal('approveRefund'), days: z.int().check(z.gte(0), z.lte(30)) }),
        z.strictObject({ what: z.literal('rejectRefund'), text: paragraph(200) }),
      ]),
    }),
  ),
  /** shows the phone number that a shopper left with a complaint */
  complaintPhone: command('operator', z.strictObject({ id: complaintId })),

  /** one contract by its number, or the contracts in a state or of an order's shopper, newest first */
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
  /** creates or replaces a plan; signed contracts keep their terms */
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
        kind: z._default(z.enum(productKinds), 'goods'),
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
        kind: z._default(z.enum(productKinds), 'goods'),
        onSale: z.boolean(),
        rank: z.int().check(z.gte(0), z.lte(9_999)),
      }),
    }),
  ),

  /** notices that could not be applied, newest first; with `dismissed` those that were dismissed */
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
  /** processes kept notices again: by their ids, or all open ones of a provider (and kind) since a time; at most 50 */
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

  /** the reconciliation of one provider's day, with its differences; `run` starts it (again) */
  bills: either(
    'viewer',
    z.strictObject({ provider: word, day, run: z.optional(z.boolean()) }),
    ({ run }) => run === true,
  ),
  /** resolves one difference: queries the provider, records the bill's amount, refunds, or ignores it with a note */
  repair: command(
    'operator',
    z.strictObject({
      provider: word,
      day,
      kind: z.enum(differenceKinds),
      /** the numbers of the difference, with any character that a bill may hold */
      no: billNumber,
      theirNo: z.nullable(billNumber),
      how: z.enum(['query', 'record', 'refund', 'ignore']),
      note: z.optional(note),
    }),
  ),

  /** starts an export (once for each requestId), reads the progress of one, or lists the last ones */
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

  /** lists the staff, invites a person with a one-time code, or changes or removes another staff member */
  staff: either(
    'owner',
    z.union([
      z.strictObject({ list: z.literal(true) }),
      z.strictObject({
        invite: z.strictObject({ role, name: line(20).check(z.minLength(1)), refundLimitFen: z.optional(fen) }),
      }),
      /** changes the caller's own name */
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
      /** signs a person out of one browser */
      z.strictObject({ endSession: staffId }),
    ]),
    (input) => !('list' in input),
  ),
  /**
   * the browsers in which the caller is signed in: lists them, ends one, tells which browser shows a code, or signs the
   * caller in there
   */
  sessions: either(
    'viewer',
    z.union([
      z.strictObject({ list: z.literal(true) }),
      z.strictObject({ look: browserCode }),
      z.strictObject({ confirm: browserCode }),
      z.strictObject({ end: staffId }),
    ]),
    (input) => 'confirm' in input || 'end' in input,
  ),
  audit: query('owner', z.strictObject({ cursor: z.optional(cursor), limit: z.optional(pageLimit) })),

  /** the addresses of other systems that hear of events */
  endpoints: query('viewer', z.strictObject({})),
  /**
   * adds an endpoint (its id is the caller's own request number), gives it a new secret beside the current one, ends the
   * older secret, or switches it on or off
   */
  changeEndpoint: command(
    'owner',
    z.union([
      z.strictObject({
        add: z.strictObject({ id: endpointId, url: address, note: line(40) }),
      }),
      z.strictObject({ newSecret: endpointId }),
      z.strictObject({ endOldSecret: endpointId }),
      z.strictObject({ switchOn: endpointId }),
      z.strictObject({ switchOff: endpointId }),
    ]),
  ),
  /** the other systems that send people to our cashier */
  domains: query('owner', z.strictObject({})),
  /**
   * adds or replaces a domain, gives it a new secret beside the current one, ends the older secret, or switches it on or
   * off
   */
  changeDomain: command(
    'owner',
    z.union([
      z.strictObject({
        save: z.strictObject({
          version,
          domain: z.strictObject({
            code: domainCode,
            name: line(40).check(z.minLength(1)),
            signature: z.enum(['values', 'hmac']),
            origins: z.array(beginning).check(z.minLength(1), z.maxLength(20)),
            hosts: z.array(beginning).check(z.minLength(1), z.maxLength(20)),
            channels: z.array(z.enum(payTypes)).check(z.minLength(1), z.maxLength(payTypes.length)),
            rates: z
              .array(z.string().check(z.regex(/^(\*|\d{1,2}(\.\d{1,6})?)?$/)))
              .check(z.minLength(1), z.maxLength(20)),
            requestChannels: z
              .array(z.string().check(z.regex(/^(\*|\d{1,8}|[A-Za-z_-]{1,32})?$/)))
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
  /** sends an endpoint an event of the type endpoint.test */
  testEndpoint: command('operator', z.strictObject({ id: endpointId })),
  /** deliveries, newest first: all, those in a state, of an endpoint, or of an order or contract */
  deliveries: query(
    'viewer',
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
  /** sends deliveries again: one at once; those of an order, or of a time and perhaps one endpoint, by the timer */
  resend: command(
    'operator',
    z.strictObject({
      which: z.union([
        z.strictObject({ id: deliveryId }),
        z.strictObject({ orderNo }),
        z.strictObject({ endpoint: z.optional(endpointId), from: time, to: time, failedOnly: z.boolean() }),
      ]),
    }),
  ),

  settings: query('owner', z.strictObject({})),
  /**
   * `fields`: the changed fields; null removes a field, a missing field stays as it is. `enabled: false` switches the
   * provider off; open payments are finished. `older` restores or ends older settings; other fields are ignored.
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
  /** sends a harmless query to the provider, with the stored settings and the unsaved changes over them */
  testSettings: command('owner', z.strictObject({ code: word, fields: z.optional(settingsFields) })),
  /** whether the provider has called for the test whose `proofs` said that its call is awaited */
  keyCheck: query('owner', z.strictObject({ code: word, check: z.string().check(z.regex(/^[0-9a-f]{32}$/)) })),
  /** the kinds of messages that the shop sends, and the last ones */
  messages: query('owner', z.strictObject({})),
  /** the caller has permitted one message about a new order */
  hearOrders: command('owner', z.strictObject({})),
  /** sends the caller an example, which needs the caller's permit */
  testMessage: command('owner', z.strictObject({ kind: z.enum(messageKinds) })),
  /** uses a claim or invitation code; without a code it only returns the caller's role */
  claim: either(
    'stranger',
    z.strictObject({
      code: z.optional(z.string().check(z.regex(/^[0-9A-Za-z -]{20,40}$/))),
      /** the first owner's name; an invitation holds the name already */
      name: z.optional(line(20).check(z.minLength(1))),
    }),
    ({ code }) => code !== undefined,
  ),
}

export type AdminAction = keyof typeof adminApi
/** An action's input after parsing, as its handler gets it. */
export type AdminInput<A extends AdminAction> = z.infer<(typeof adminApi)[A]['input']>
/** An action's input before parsing, as the phone sends it. */
export type AdminAsked<A extends AdminAction> = z.input<(typeof adminApi)[A]['input']>

/** Each action's schema by its name. */
export const adminSchemas = Object.fromEntries(
  Object.entries(adminApi).map(([action, { input }]) => [action, input]),
) as { [A in AdminAction]: (typeof adminApi)[A]['input'] }

/** Whether a role may use an action. `action` is any text that a caller sent; nobody may use an unknown action. */
export const mayDo = (role: Role, action: string): boolean =>
  Object.entries(adminApi).some(([name, { from }]) => name === action && isAtLeast(role, from))

/** The result of each action. */
export interface AdminResults {
  // `broken`: the ids of stored documents that belong to the list but cannot be read
  /** `cursor` is null on the last page; `now` is the server's clock, from which the page counts its days */
  orders: { orders: StaffOrderRow[]; broken: string[]; cursor: string | null; now: number }
  order: { order: StaffOrderView }
  refund: { order: StaffOrderView; refundNo: string }
  recordRefund: { order: StaffOrderView }
  recheck: { order: StaffOrderView }
  close: { order: StaffOrderView }
  /** for each entry: null if it is stored, or why it is not */
  ship: { results: { orderNo: string; problem: 'NotFound' | 'Conflict' | 'BadInput' | null }[] }
  complaints: { complaints: ComplaintRow[]; broken: string[]; cursor: string | null; now: number }
  /** `history`: the newest first; null: the provider does not say it now */
  complaint: { complaint: ComplaintView; history: ComplaintEntryView[] | null }
  answerComplaint: { complaint: ComplaintView; history: ComplaintEntryView[] | null }
  complaintPhone: { phone: string }
  contracts: { contracts: StaffContractView[]; broken: string[]; cursor: string | null }
  endContract: { contract: StaffContractView }
  /** `noticePlace`: the notification address without its last part, `/<provider>` */
  plans: { plans: StaffPlanView[]; broken: string[]; noticePlace: string }
  savePlan: { plan: StaffPlanView }
  products: { products: StaffProductView[]; broken: string[] }
  saveProduct: { product: StaffProductView }
  notices: { notices: NoticeView[]; broken: string[]; cursor: string | null }
  /** for each notice: whether it was applied, and if not, the new reason */
  replay: { results: { id: string; applied: boolean; reason: string }[] }
  dismiss: { notice: NoticeView }
  stats: StatsView
  /** `providers`: those that have bills; `now` is the server's clock */
  bills: { providers: string[]; reconciliation: ReconciliationView | null; now: number }
  repair: { reconciliation: ReconciliationView }
  /** the newest first; `now` is the server's clock, from which the page counts its days */
  export: { exports: ExportView[]; broken: string[]; now: number }
  staff: { people: StaffView[]; invites: InviteView[]; code?: string }
  /** `login`: the browser that shows the code. `mayConfirm` is false in a browser: codes are confirmed on a phone */
  sessions: {
    sessions: SessionView[]
    mayConfirm: boolean
    login: LoginView | null
    /** of the back office in a browser */
    address: string
  }
  endpoints: { endpoints: EndpointView[]; broken: string[] }
  /** `secret`: shown this once; null where no secret was made, or an earlier call made it */
  changeEndpoint: { endpoint: EndpointView; secret: string | null }
  domains: { domains: DomainView[]; broken: string[] }
  /** `secret`: shown this once; null where no secret was made */
  changeDomain: { domain: DomainView; secret: string | null }
  testEndpoint: { endpoint: EndpointView; attempt: Attempt; isAccepted: boolean }
  deliveries: { deliveries: DeliveryView[]; broken: string[]; cursor: string | null }
  /** `deliveries`: the number that will be sent again; `more`: one call was not enough, and others are left */
  resend: { deliveries: number; more: boolean; delivery: DeliveryView | null }
  audit: { entries: AuditView[]; broken: string[]; cursor: string | null }
  settings: { settings: SettingsView[] }
  saveSettings: { settings: SettingsView[] }
  testSettings: { result: SettingsTestView }
  /** `look`: the settings that should be checked first */
  messages: MessagesView
  hearOrders: MessagesView
  testMessage: MessagesView & { state: MessageState; code: number | null }
  keyCheck: { callback: CallbackProof; look: readonly string[] }
  claim: {
    role: Role
    name: string
    refundLimitFen: number | null
    /** every provider's name, and those of its settings; empty for a stranger */
    providers: { code: string; name: string; nameEn: string; fields: Readonly<Record<string, FieldNamesView>> }[]
  }
}

interface FieldNamesView {
  zh: string
  en: string
  choices?: Readonly<Record<string, { zh: string; en: string }>>
}

/** A domain, without its secrets. */
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
  /** two secrets are valid until the older one is ended */
  hasTwoSecrets: boolean
  /** the domain's system signs with the newer one already */
  usesNext: boolean
}

/** An endpoint, without its secrets. */
export interface EndpointView extends Pick<Endpoint, 'url' | 'note' | 'domain' | 'state' | 'offBecause' | 'createdAt'> {
  id: string
  failingSince: number | null
  isSlow: boolean
  /** when it last accepted an event, to within ten minutes */
  okAt: number | null
  /** two secrets sign until the older one is ended */
  hasTwoSecrets: boolean
}

export interface DeliveryView {
  id: string
  endpoint: string
  /** the endpoint's address; null if the endpoint is gone */
  url: string | null
  eventId: string
  type: DeliveryType
  subject: string
  at: number
  state: DeliveryState
  dueAt: number | null
  tries: number
  /** the last tries, the newest first */
  attempts: Attempt[]
}

/** One line of a list of orders. */
export interface StaffOrderRow {
  orderNo: string
  state: OrderState
  standing: StaffStanding
  /** the last six characters of the openid */
  shopper: string
  /** the first item's title; `pieces` counts the pieces of all items */
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
  /** since when a refund has been open, or null */
  refundSince: number | null
  /** since when WeChat waits for the report of the shipping, or null; `shipState`: how far it is */
  shipSince: number | null
  shipState: Shipping['state'] | null
}

/** One line of the list of complaints. */
export interface ComplaintRow {
  id: string
  /** null: a notice named the complaint, and the provider has not been read yet */
  state: ComplaintState | null
  text: string
  problem: string
  about: ToldComplaint['about']
  amountFen: number | null
  orderNo: string | null
  complainedAt: number
  isOpen: boolean
  awaitsReply: boolean
  /** until when the shopper must have an answer, and until when all must be done; null: nothing to do */
  answerBy: number | null
  doneBy: number | null
}

export interface ComplaintView extends ComplaintRow {
  payments: ToldComplaint['payments']
  refundAskedFen: number | null
  isRefunded: boolean
  times: number
  pictures: number
  /** the shopper left a number, and this person may see it */
  hasPhone: boolean
  /** the answers that this person can give now */
  may: AnswerKind[]
  /** our answers, the newest first */
  answers: (Pick<ComplaintAnswer, 'what' | 'text' | 'at' | 'state' | 'reason'> & { by: string })[]
  now: number
}

/** What shopper, shop or platform said or did. */
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
  /** the order of the notice, or null if it is not known */
  orderNo: string | null
  reason: string
  count: number
  firstAt: number
  at: number
  /** the kept requests, with secrets and personal data masked */
  samples: { at: number; content: unknown }[]
  /** the unmasked numbers and both amounts, for the provider's console; null if the sender is not known */
  facts: NoticeFacts | null
  /** whether the complete request is kept and can be processed again */
  canReplay: boolean
  dismissed: { at: number; by: string; note: string } | null
}

export interface StatsView {
  now: number
  /** the last 30 Beijing days, the oldest first; a day without payments has no rows */
  days: { day: string; rows: Figures[] }[]
  /** yesterday's figures up to the end of the current hour, because figures are counted by the hour */
  yesterdaySoFar: Figures[]
  /** the names of the connected systems whose orders are among today's */
  domainNames: { code: string; name: string }[]
  /** the time up to which the hours have been counted */
  countedAt: number
  needs: NeedView[]
}

/** A task for staff; the page links to the place where it is solved. */
export type NeedView =
  /** endpoints: switched off because they failed for five days or answered 410 */
  | { what: 'surplus' | 'refund' | 'pastDue' | 'shipping' | 'endpoints'; count: number }
  | { what: 'notices'; kind: NoticeKind; count: number }
  /** `by`: until when the first of them must be answered or done */
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
  /** our paymentNo or refundNo, from our record or the bill; a repair names the kind, this number and theirNo */
  no: string
  orderNo: string | null
  theirNo: string | null
  oursFen: number | null
  theirsFen: number | null
  /** the state in our record; `theirAt` is the time in the bill */
  ours: string | null
  theirAt: number | null
  /** close to midnight: decided when the next day's bill is there */
  waits: boolean
  /** a duplicate where the bill lists the same transaction twice */
  isSameTrade: boolean
  repairs: ('query' | 'record' | 'refund' | 'ignore')[]
  repaired: { at: number; by: string; how: 'query' | 'record' | 'refund' | 'ignore' | 'next day'; note: string } | null
}

export interface ReconciliationView {
  provider: string
  day: string
  state: 'waiting' | 'done' | 'failed'
  /** the error code of the last failure */
  failure: string | null
  ranAt: number | null
  /** when the timer runs it next */
  nextAt: number | null
  billed: { payments: number; paymentsFen: number; refunds: number; refundsFen: number; feesFen: number | null }
  recorded: { payments: number; paymentsFen: number; refunds: number; refundsFen: number }
  matched: number
  counts: Record<DifferenceKind, number>
  /** the number of differences; `differences` holds the first 500 */
  found: number
  differences: DifferenceView[]
}

export interface ExportView {
  id: string
  what: 'orders' | 'refunds' | 'charges'
  from: string
  to: string
  state: 'running' | 'done' | 'failed' | 'expired'
  /** tooMany: too many rows, the person must choose fewer days */
  failure: 'tooMany' | null
  rows: number
  bytes: number
  /** from 0 to 1: the part of the time range that is exported */
  progress: number
  createdAt: number
  doneAt: number | null
  /** the file in cloud storage when the export is done; `url` is valid for an hour */
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
  /** the browsers in which this person is signed in */
  sessions: SessionView[]
}

/** A browser in which a staff member is signed in. */
export interface SessionView {
  id: string
  place: Place
  /** e.g. `Chrome, Windows`, or an empty text */
  browser: string
  createdAt: number
  /** the last use, to about ten minutes */
  usedAt: number
  /** whether the call came from this browser */
  isThis: boolean
}

/** A browser that asks to be signed in. */
export interface LoginView {
  place: Place
  browser: string
  /** the network address, or an empty text */
  address: string
  /** whether the caller's phone has the same address; null if one of them is not known */
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
  /** the staff member's name at that time, or the last six characters of the openid */
  by: string
  what: string
  /** the number of the order or contract, or null */
  number: string | null
  /** `wish` holds the fields of the request, `outcome` those of the result */
  wish: Record<string, unknown>
  outcome: Record<string, unknown>
  before: unknown
  after: unknown
  /** the error's code if the action failed */
  failed: string | null
  /** false: the action is running, or the process stopped in the middle and the action may have happened */
  hasEnded: boolean
}

export interface SettingsView {
  code: string
  name: string
  /** the stored version; null: no settings are stored */
  version: number | null
  seeded: boolean
  /** settings are stored and not switched off */
  isOn: boolean
  /** all kept generations, the newest first: the first is used for new payments, the others to finish open ones */
  generations: SettingsGenerationView[]
  fields: SettingsFieldView[]
  /** the notification address to enter at the provider; null if each payment carries it, or the shop has none yet */
  noticeAddress: string | null
  /** the provider has codes or links, and the shop's setting keeps them out of the mini-program */
  isKeptOut: boolean
  /** null: no settings are stored; otherwise the first problem, or an empty text */
  problem: string | null
  /** the problems, by field */
  problems: SettingsProblem[]
  keys: KeyHealthView[]
  /** the keys that the provider refused in its last replies */
  refusedKeys: RefusedKeyView[]
  /** whether a test query can be sent with these settings */
  canTest: boolean
}

/** `again`: a new address needs the secret again. `tooMany`, `stillOn`: about older settings, not a form field. */
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
  /** the id of the case, with which it can be dismissed */
  id: string
  generation: number
  field: string
  firstAt: number
  at: number
}

export interface SettingsGenerationView {
  generation: number
  /** null: the current generation */
  replacedAt: number | null
  /** whether this generation belongs to the same merchant at the provider as the current one */
  isSameMerchant: boolean
  /** orders with an open payment or refund of this generation; `openContracts` counts its live contracts */
  openOrders: number
  openContracts: number
}

export interface SettingsFieldView {
  name: string
  isSecret: boolean
  isRequired: boolean
  /** list: whole numbers; texts: several texts; map: several texts by name, and `value` holds the names only */
  kind: 'text' | 'number' | 'flag' | 'list' | 'texts' | 'choice' | 'map'
  choices: string[]
  isSet: boolean
  /** the stored value; null for a secret or an empty field */
  value: unknown
  /** the value that is used when the field is empty; null: none */
  default: unknown
  /** the smallest and the largest allowed number */
  least: number | null
  most: number | null
}

export interface KeyHealthView {
  field: string
  /** whether the text can be read as a key of the expected type */
  parses: boolean
  /** whether the private and the public key belong together; null where there is no such pair */
  pairs: boolean | null
  expiresAt: number | null
  /** for example RSA 2048, or the mode for which the key is used */
  mode: string
}

export interface MessagesView {
  /** the kinds that have a template, with its id */
  kinds: { kind: MessageKind; template: string }[]
  /** whether the caller gets a message for each new order */
  isHearing: boolean
  /** the newest first */
  last: { id: string; kind: MessageKind; number: string; state: MessageState; code: number | null; at: number }[]
}

export type { MessageKind, MessageState }

export interface SettingsTestView {
  /** answered: the provider accepted our signature and replied */
  outcome: 'answered' | 'refused' | 'unreachable' | 'misconfigured'
  /** the settings that should be checked first */
  look: string[]
  ms: number
  /** what was proved, for a provider that proves it (`checkKeys`) */
  proofs?: KeyProofs
}

/** key: our signature; answer: the provider's own. null: not known, because an earlier step failed. */
export interface KeyProofs {
  key: boolean | null
  answer: boolean | null
  /** null: the provider was not asked to call */
  callback: CallbackProof | null
  /** with which `keyCheck` asks for the call; null: no call is awaited */
  check: string | null
}

/** opened: the provider called, and its content opens; sealed: it called, but the content does not open with our key */
export type CallbackProof = 'awaited' | 'opened' | 'sealed'

/** An order as staff see it: without payInfo, and with the last six characters of the openid only. */
export interface StaffOrderView {
  orderNo: string
  state: OrderState
  standing: StaffStanding
  /** the latest time at which an unpayable order is closed */
  closesAt: number | null
  /** whether the caller placed the order: another staff member must refund it then */
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
  /** null: no report to WeChat is due */
  shipping: StaffShippingView | null
  /** whether staff may enter or correct how the goods go out */
  mayShip: boolean
  /** the request of another system that made the order */
  domain: { code: string; name: string; requestKey: string } | null
  /** the open cases about this order */
  notices: { id: string; kind: NoticeKind; reason: string; count: number; at: number }[]
  /** the server's clock when this was read */
  now: number
}

/** The report of an order's shipping, for staff. */
export interface StaffShippingView
  extends Pick<Shipping, 'state' | 'way' | 'parcels' | 'since' | 'reportedAt' | 'receivedAt'> {
  /** WeChat's last error code, or null */
  code: number | null
  /** the correction that WeChat allows is used up */
  isCorrected: boolean
}

export type { ShippingWay }

export interface StaffPaymentView
  extends Omit<Payment, 'no' | 'payInfo' | 'askedAt' | 'secondAskedAt' | 'claim' | 'surplus' | 'unknownBackSince'> {
  paymentNo: string
  surplus: boolean
  /** a part was refunded outside our system, and the amount is not known */
  isBackUnknown: boolean
  /** the amount that can still be refunded */
  refundableFen: number
  /** whether our system can send a refund to this provider */
  canRefund: boolean
  /** the channel's name; null if the provider is not enabled or gives no name */
  channelName: string | null
  channelNameEn: string | null
}

export interface StaffRefundView extends Omit<Refund, 'no' | 'claim' | 'askedAt' | 'recordedBy'> {
  refundNo: string
  /** the refund has had no result for long: staff may record the result from the provider's console */
  mayRecord: boolean
}

/** A contract as staff see it, without the whole openid. */
export interface StaffContractView extends ContractView {
  shopper: string
  provider: string
  /** the provider's contract_id */
  theirNo: string | null
  dueAt: number | null
  tries: number
}

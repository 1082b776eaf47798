// The words and limits of orders, plans and what staff enter: the states that are stored, the terms of a plan, and how
// long texts and lists may be.

export const orderStates = ['open', 'paid', 'closed'] as const
export type OrderState = (typeof orderStates)[number]

export const paymentStates = ['created', 'pending', 'failed', 'closed', 'paid'] as const
export type PaymentState = (typeof paymentStates)[number]

export const refundStates = ['requested', 'pending', 'failed', 'done'] as const
export type RefundState = (typeof refundStates)[number]

export const contractStates = ['signing', 'active', 'pastDue', 'failed', 'ended'] as const
export type ContractState = (typeof contractStates)[number]

/**
 * The kinds of products. `virtual`: content or functions that are used on the phone. `service`: something done
 * elsewhere, such as a lesson or a repair.
 */
export const productKinds = ['goods', 'service', 'virtual'] as const
export type ProductKind = (typeof productKinds)[number]

/** The ways in which goods reach the shopper, in the order of WeChat's logistics_type 1 to 4. */
export const shippingWays = ['parcel', 'city', 'virtual', 'pickup'] as const
export type ShippingWay = (typeof shippingWays)[number]
/** The highest number of parcels that WeChat accepts for one payment. */
export const parcelsAtMost = 15
/** The code of the carrier (SF Express) for which WeChat demands the end of the receiver's phone number. */
export const carrierWithPhone = 'SF'
/** How many orders staff may ship in one call. */
export const shippedAtOnce = 50

/** The ways to pay that a connected system can ask for. The names are from the document of the Unified platform. */
export const payTypes = ['Wechat', 'Alipay', 'ChinapayOld', 'Paypal'] as const
export type PayType = (typeof payTypes)[number]

export const periodUnits = ['day', 'week', 'month', 'quarter', 'year'] as const
export type PeriodUnit = (typeof periodUnits)[number]
export const amountKinds = ['fixed', 'ceiling'] as const
export type AmountKind = (typeof amountKinds)[number]
export const debitRules = ['notice24h', 'preNotice'] as const
export type DebitRuleKind = (typeof debitRules)[number]
/** For how many days a pre-debit notice is in force. */
export const windowDays = [1, 2, 3] as const
/** The highest amount of one debit, in fen. If staff enter a higher amount, it is probably a typing error. */
export const highestDebitFen = 10_000_000
export const longestTrialDays = 365
export const highestRank = 9_999

/** The longest text of each kind that staff write, in characters. */
export const longest = {
  title: 60,
  subtitle: 120,
  reason: 80,
  note: 200,
  staffName: 20,
  label: 40,
  reply: 500,
  rejection: 200,
} as const
/** The longest range of days in a search for orders, and in an export. */
export const longestDays = { search: 31, export: 366 } as const

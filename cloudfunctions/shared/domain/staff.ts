// Who of the shop's people may do what: a table, one column for each action of the admin function.

export type StaffRole = 'owner' | 'operator' | 'viewer'
/** Somebody without a document in `staff` is a stranger: only a claim code helps. */
export type Role = StaffRole | 'stranger'

export type StaffAction =
  | 'orders'
  | 'order'
  | 'refund'
  | 'recordRefund'
  | 'recheck'
  | 'close'
  | 'contracts'
  | 'endContract'
  | 'plans'
  | 'savePlan'
  | 'products'
  | 'saveProduct'
  | 'notices'
  | 'replay'
  | 'dismiss'
  | 'stats'
  | 'bills'
  | 'repair'
  | 'export'
  | 'staff'
  | 'audit'
  | 'settings'
  | 'saveSettings'
  | 'testSettings'
  | 'claim'

export const rights = {
  stranger: {
    orders: false,
    order: false,
    refund: false,
    recordRefund: false,
    recheck: false,
    close: false,
    contracts: false,
    endContract: false,
    plans: false,
    savePlan: false,
    products: false,
    saveProduct: false,
    notices: false,
    replay: false,
    dismiss: false,
    stats: false,
    bills: false,
    repair: false,
    export: false,
    staff: false,
    audit: false,
    settings: false,
    saveSettings: false,
    testSettings: false,
    claim: true,
  },
  viewer: {
    orders: true,
    order: true,
    refund: false,
    recordRefund: false,
    recheck: false,
    close: false,
    contracts: true,
    endContract: false,
    plans: true,
    savePlan: false,
    products: true,
    saveProduct: false,
    notices: true,
    replay: false,
    dismiss: false,
    stats: true,
    bills: true,
    repair: false,
    export: false,
    staff: false,
    audit: false,
    settings: false,
    saveSettings: false,
    testSettings: false,
    claim: true,
  },
  operator: {
    orders: true,
    order: true,
    refund: true,
    recordRefund: true,
    recheck: true,
    close: false,
    contracts: true,
    endContract: true,
    plans: true,
    savePlan: false,
    products: true,
    saveProduct: false,
    notices: true,
    replay: true,
    dismiss: true,
    stats: true,
    bills: true,
    repair: true,
    export: true,
    staff: false,
    audit: false,
    settings: false,
    saveSettings: false,
    testSettings: false,
    claim: true,
  },
  owner: {
    orders: true,
    order: true,
    refund: true,
    recordRefund: true,
    recheck: true,
    close: true,
    contracts: true,
    endContract: true,
    plans: true,
    savePlan: true,
    products: true,
    saveProduct: true,
    notices: true,
    replay: true,
    dismiss: true,
    stats: true,
    bills: true,
    repair: true,
    export: true,
    staff: true,
    audit: true,
    settings: true,
    saveSettings: true,
    testSettings: true,
    claim: true,
  },
} as const satisfies Record<Role, Record<StaffAction, boolean>>

/** Whether a role may do what an untrusted word names; a word that is no action is allowed to nobody. */
export const mayDo = (role: Role, action: string): boolean =>
  Object.entries(rights[role]).some(([name, may]) => may && name === action)

/** What one person may give back of one order, in its minor units; null for no limit. An operator without a limit may give nothing. */
export const refundLimitOf = (role: Role, limitFen: number | undefined): number | null =>
  role === 'owner' ? null : (limitFen ?? 0)

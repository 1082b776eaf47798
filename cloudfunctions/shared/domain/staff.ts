// Who of the shop's people may do what: a table, one column for each action of the admin function.

export type StaffRole = 'owner' | 'operator' | 'viewer'
/** Somebody without a document in `staff` is a stranger: only a claim code helps. */
export type Role = StaffRole | 'stranger'

export type StaffAction = 'order' | 'refund' | 'recheck' | 'close' | 'bills' | 'contracts' | 'endContract' | 'claim'

export const rights = {
  stranger: {
    order: false,
    refund: false,
    recheck: false,
    close: false,
    bills: false,
    contracts: false,
    endContract: false,
    claim: true,
  },
  viewer: {
    order: true,
    refund: false,
    recheck: false,
    close: false,
    bills: true,
    contracts: true,
    endContract: false,
    claim: true,
  },
  operator: {
    order: true,
    refund: true,
    recheck: true,
    close: false,
    bills: true,
    contracts: true,
    endContract: true,
    claim: true,
  },
  owner: {
    order: true,
    refund: true,
    recheck: true,
    close: true,
    bills: true,
    contracts: true,
    endContract: true,
    claim: true,
  },
} as const satisfies Record<Role, Record<StaffAction, boolean>>

/** Whether a role may do what an untrusted word names; a word that is no action is allowed to nobody. */
export const mayDo = (role: Role, action: string): boolean =>
  Object.entries(rights[role]).some(([name, may]) => may && name === action)

/** What one person may give back of one order, in its minor units; null for no limit. An operator without a limit may give nothing. */
export const refundLimitOf = (role: Role, limitFen: number | undefined): number | null =>
  role === 'owner' ? null : (limitFen ?? 0)

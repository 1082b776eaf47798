// The shop's people: what they are, from whoever may do least to whoever may do all. What each action demands stands in
// its row, in api/admin.ts.

const roles = ['stranger', 'viewer', 'operator', 'owner'] as const

/** Somebody without a document in `staff` is a stranger: only a claim code helps. */
export type Role = (typeof roles)[number]
export type StaffRole = Exclude<Role, 'stranger'>

/** Whether what a document says is a role. */
export const isRole = (word: unknown): word is Role => (roles as readonly unknown[]).includes(word)

/** Whether a role is this one, or one that may do more. */
export const isAtLeast = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least)

/** What one person may give back of one order, in its minor units; null for no limit. An operator without a limit may give nothing. */
export const refundLimitOf = (role: Role, limitFen: number | undefined): number | null =>
  role === 'owner' ? null : (limitFen ?? 0)

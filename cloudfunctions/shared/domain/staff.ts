// The roles of staff, from the fewest rights to the most. The role that each action needs stands in the action's row in
// api/admin.ts.

const roles = ['stranger', 'viewer', 'operator', 'owner'] as const

/** A person without a document in `staff` is a stranger and can only join with a claim code. */
export type Role = (typeof roles)[number]
export type StaffRole = Exclude<Role, 'stranger'>

/** Whether a stored value is a role. */
export const isRole = (word: unknown): word is Role => (roles as readonly unknown[]).includes(word)

/** Whether a role is `least` or has more rights. */
export const isAtLeast = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least)

/**
 * How much one staff member may refund of one order, in the order's minor units; null: no limit. An operator without a
 * limit in the settings may refund nothing.
 */
export const refundLimitOf = (role: Role, limitFen: number | undefined): number | null =>
  role === 'owner' ? null : (limitFen ?? 0)

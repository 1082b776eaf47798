// The roles of staff, from the fewest rights to the most. Each action's row in api/admin.ts says which role it needs.

const roles = ['stranger', 'viewer', 'operator', 'owner'] as const

/**
 * The role of a person. `stranger` is the role of everybody who has no document in `staff`. Such a
 * person becomes staff with an invitation's code, or as the first owner with the claim code.
 */
export type Role = (typeof roles)[number]
export type StaffRole = Exclude<Role, 'stranger'>

export const isRole = (word: unknown): word is Role => (roles as readonly unknown[]).includes(word)

/** Whether a role has at least the rights of the role `least`. */
export const isAtLeast = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least)

/**
 * How much one staff member may refund of one order in total, in the order's minor units; null: no limit. Without a
 * limit in the settings, an operator may refund nothing.
 */
export const refundLimitOf = (role: Role, limitFen: number | undefined): number | null =>
  role === 'owner' ? null : (limitFen ?? 0)

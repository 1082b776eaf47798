import type { Context } from './context'

/** A random id of a claim, by which its holder recognises it. */
export const newClaimId = ({ chance }: Context): string => chance().toString(36).slice(2, 12)

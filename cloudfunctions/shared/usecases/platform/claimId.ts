import type { Context } from './context'

/** Names a claim, so that its holder knows it again. */
export const newClaimId = ({ chance }: Context): string => chance().toString(36).slice(2, 12)

import type { Context } from './context'

/** Makes a random id for a claim, by which the holder recognises its own claim. */
export const newClaimId = ({ chance }: Context): string => chance().toString(36).slice(2, 12)

// How many requests a domain may send: a bucket that fills again.

export interface Bucket {
  left: number
  at: number
}

const most = 600
const perSecond = 60

/** Takes one request out of a bucket. @returns the bucket afterwards; undefined if it is empty */
export function takeOne(bucket: Bucket | undefined, now: number): Bucket | undefined {
  const filled = bucket ? bucket.left + (Math.max(0, now - bucket.at) / 1_000) * perSecond : most
  return filled >= 1 ? { left: Math.min(most, filled) - 1, at: now } : undefined
}

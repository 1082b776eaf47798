// Limits how many requests a connected system may send. Each request takes one token from a bucket, and the bucket
// refills with time.

export interface Bucket {
  left: number
  at: number
}

const most = 600
const perSecond = 60

/**
 * Takes one request out of the connected system's bucket.
 * @returns the bucket afterwards; undefined if the bucket is empty
 */
export function takeOne(bucket: Bucket | undefined, now: number): Bucket | undefined {
  const filled = bucket ? bucket.left + (Math.max(0, now - bucket.at) / 1_000) * perSecond : most
  return filled >= 1 ? { left: Math.min(most, filled) - 1, at: now } : undefined
}

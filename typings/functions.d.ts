// wx-server-sdk 4.0.2 has types only for its old API. runtime/cloud.ts declares what we use of the current one.

// Functions also run on Node 18.15, which has these two methods of ES2023, but not toSorted, toReversed, toSpliced or
// with.
interface Array<T> {
  findLast(predicate: (value: T, index: number, array: T[]) => boolean): T | undefined
  findLastIndex(predicate: (value: T, index: number, array: T[]) => boolean): number
}
interface ReadonlyArray<T> {
  findLast(predicate: (value: T, index: number, array: readonly T[]) => boolean): T | undefined
}

// wx-server-sdk 4.0.2 has types only for its old API. runtime/cloud.ts declares the parts of the current API that we
// use.

// Functions also run on Node 18.15. Of ES2023 that version has findLast and findLastIndex, but not toSorted,
// toReversed, toSpliced or with.
interface Array<T> {
  findLast(predicate: (value: T, index: number, array: T[]) => boolean): T | undefined
  findLastIndex(predicate: (value: T, index: number, array: T[]) => boolean): number
}
interface ReadonlyArray<T> {
  findLast(predicate: (value: T, index: number, array: readonly T[]) => boolean): T | undefined
}

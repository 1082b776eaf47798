// wx-server-sdk 4.0.2 ships types only for the old API surface; what we use of it is declared in runtime/cloud.ts.

// Functions also run on Node 18.15, which has these two of ES2023 and none of toSorted, toReversed, toSpliced and with.
interface Array<T> {
  findLast(predicate: (value: T, index: number, array: T[]) => boolean): T | undefined
  findLastIndex(predicate: (value: T, index: number, array: T[]) => boolean): number
}
interface ReadonlyArray<T> {
  findLast(predicate: (value: T, index: number, array: readonly T[]) => boolean): T | undefined
}

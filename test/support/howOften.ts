// How often a test repeats itself: with a part of its seeds or kills in `npm test`, with all of them in
// `npm run test:long`. Each repeats the same promise, and all of them together take too long for every change.

/**
 * The number of seeds, lives, kills or documents of a test.
 * @param part in `npm test`: the same seeds on every machine
 * @param all in `npm run test:long` (tools/testLong.ts)
 */
export const howOften = (part: number, all: number): number => (process.env.TEST_LONG === '1' ? all : part)

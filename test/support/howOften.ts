// How often a test repeats its check: with some of its seeds or kills in `npm test`, and with all of them in `npm run
// test:long`. All seeds check the same rule, and running all of them at every change would take too long.

/**
 * The number of seeds, lives, kills or documents of a test.
 * @param part in `npm test`: the same seeds on every machine
 * @param all in `npm run test:long` (tools/checks/testLong.ts)
 */
export const howOften = (part: number, all: number): number => (process.env.TEST_LONG === '1' ? all : part)

// Half of the 20,000 random lives of contracts: the even seeds. There are two files, so that two processors share the
// work.
import { liveLives } from '../support/lives'

const lives = 10_000

it(`${lives} lives end with equal records on both sides and no broken rule`, async () => {
  const { charged } = await liveLives(Array.from({ length: lives }, (_, index) => 2 * index + 0))
  expect(charged).toBeGreaterThan(0)
}, 280_000)

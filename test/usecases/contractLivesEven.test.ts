// Half of the 20,000 random lives of contracts: the even seeds. There are two files, so that two processors share the
// work.
import { liveLives } from '../support/lives'

const lives = 10_000

// Each half gets the whole time limit, because a busy or slow machine needs it.
it.each([0, lives / 2])(
  `${lives / 2} lives from number %i end with equal records on both sides and no broken rule`,
  async (from) => {
    const { charged } = await liveLives(Array.from({ length: lives / 2 }, (_, index) => 2 * (from + index) + 0))
    expect(charged).toBeGreaterThan(0)
  },
  280_000,
)

// Random lives of contracts: the odd seeds, 10,000 in `npm run test:long`. Odd and even seeds have a file each, so that
// two processors share the work.
import { howOften } from '../../support/howOften'
import { liveLives } from '../../support/lives'

const lives = howOften(1_000, 10_000)

// Each half gets the whole time limit, because a busy or slow machine needs it.
it.each([0, lives / 2])(
  `${lives / 2} lives from number %i end with equal records on both sides and no broken rule`,
  async (from) => {
    const { charged } = await liveLives(Array.from({ length: lives / 2 }, (_, index) => 2 * (from + index) + 1))
    expect(charged).toBeGreaterThan(0)
  },
  280_000,
)

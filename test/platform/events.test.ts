// Runs random histories, each from a seed. In a history people pay, events are delivered, staff send events again, and
// endpoints change. `npm run test:long` runs a thousand histories. EVENT_LIVES=100000 runs more; EVENT_SEED=17 runs a
// single one.
import { howOften } from '../support/howOften'
import { liveEvents, rare } from './eventLife'

const lives = Number(process.env.EVENT_LIVES ?? howOften(250, 1_000))
const first = Number(process.env.EVENT_SEED ?? 1)
const last = process.env.EVENT_SEED === undefined ? lives : first

it(
  'every stored event arrives at least once under one id, and no other event arrives, whatever fails',
  async () => {
    const reached = new Set<string>()
    let events = 0
    let calls = 0
    for (let seed = first; seed <= last; seed++) {
      const life = await liveEvents(seed)
      expect([seed, life.broken]).toEqual([seed, []])
      for (const one of life.reached) reached.add(one)
      events += life.events
      calls += life.calls
    }
    if (process.env.EVENT_LIVES) console.log(`${lives} lives, ${events} events, heard ${calls} times`)
    if (process.env.EVENT_SEED !== undefined) return
    expect(rare.filter((one) => !reached.has(one))).toEqual([])
    expect(calls).toBeGreaterThan(events)
  },
  Math.max(400_000, lives * 400),
)

it('the same seed gives the same history', async () => {
  const [one, again] = [await liveEvents(7), await liveEvents(7)]
  expect({ ...again, reached: [...again.reached] }).toEqual({ ...one, reached: [...one.reached] })
})

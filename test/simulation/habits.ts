// The habits of a payment provider, most of them bad: documents and the field know each of them.
import type { World } from './world'

/** How a provider behaves. A kind one has none of the bad habits. */
export interface Habits {
  repeat: 'same' | 'new'
  /** can be told to close a payment */
  closes: boolean
  /** money may be on its way when it says closed */
  closesTooEarly: boolean
  /** says `declined` of a payment that is paid later */
  declinesTooEarly: boolean
  /** takes the money twice under one number of ours */
  chargesTwice: boolean
  /** what a refund number that came before does: nothing more, a refusal, or the money once more */
  repeatedRefund: 'same' | 'refuses' | 'executes'
  /** a refund takes its time, and may fail at the end */
  slowRefunds: boolean
  /** its notices leave the amount out */
  hidesAmount: boolean
  /** a notice may have a wrong amount */
  wrongAmounts: boolean
  /** somebody refunds in its console */
  outsideRefunds: boolean
  /** a bill may leave a payment out */
  losesLines: boolean
}

/** Each bad habit can be cut by the shrinker, and stands in the story. */
export function habitsOf(world: World, code: string, repeat: Habits['repeat']): Habits {
  const random = world.randomOf(`habits ${code}`)
  const isHarsh = random.happens(0.6)
  const has = (probability: number, what: string) => {
    const isSo = random.happens(probability) && isHarsh && world.may(`habit: ${what}, ${code}`)
    if (isSo) world.say(1, () => `habit of ${code}: ${what}`)
    return isSo
  }
  const habits: Habits = {
    repeat,
    closes: !has(0.4, 'cannot be told to close'),
    closesTooEarly: has(0.3, 'says closed while money is on its way'),
    declinesTooEarly: has(0.3, 'says declined of what is paid later'),
    chargesTwice: has(0.15, 'charges one number twice'),
    repeatedRefund: 'same',
    slowRefunds: has(0.5, 'refunds take their time'),
    hidesAmount: has(0.15, 'notices have no amount'),
    wrongAmounts: has(0.15, 'amounts may be wrong'),
    outsideRefunds: has(0.1, 'somebody refunds in its console'),
    losesLines: has(0.3, 'bills leave payments out'),
  }
  if (has(0.4, 'refuses a refund number that it knows')) habits.repeatedRefund = 'refuses'
  if (has(0.25, 'executes a refund number again')) habits.repeatedRefund = 'executes'
  return habits
}

// The habits of simulated payment providers, most of them bad. Each habit is described in a provider's document or was
// seen in practice.
import type { World } from '../world'

/** How a provider behaves. A well-behaved provider has none of the bad habits. */
export interface Habits {
  repeat: 'same' | 'new'
  /** we can tell the provider to close a payment */
  closes: boolean
  /** the provider says closed while a payment is still on its way */
  closesTooEarly: boolean
  /** the provider says `declined` about a payment that the shopper pays later */
  declinesTooEarly: boolean
  /** the provider charges the shopper twice for one payment number of ours */
  chargesTwice: boolean
  /**
   * what the provider does with a repeated refund number: nothing, refuse the request, or pay the money back once more
   */
  repeatedRefund: 'same' | 'refuses' | 'executes'
  /** a refund takes some time and may fail at the end */
  slowRefunds: boolean
  /** the provider's notices do not contain the amount */
  hidesAmount: boolean
  /** a notice may contain a wrong amount */
  wrongAmounts: boolean
  /** staff make refunds in the provider's console */
  outsideRefunds: boolean
  /** a bill may lack a payment */
  losesLines: boolean
}

/**
 * Draws the habits of a provider. The shrinker can switch off each bad habit. The printed story of a life lists the bad
 * habits.
 */
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

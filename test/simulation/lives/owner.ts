// The owner of a shop, who changes settings while payments are in progress: switches a provider off and on, renews
// keys, moves to another merchant account, and deletes the settings of the first account.
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { Random } from '../random'
import { endSettings, type Fields, openSetting, saveSettings, switchProviderOff } from '../settings'
import { habitsOf } from './habits'
import { hour, type Life, minute } from './life'

export type OwnerDeed = 'off' | 'keys' | 'merchant'

const quickTries = 5
const mostTries = 50

export class Owner {
  constructor(private readonly life: Life) {}

  async changeSettings(random: Random, deeds: readonly OwnerDeed[]): Promise<void> {
    const { world, shop, notify } = this.life
    await world.sleep(random.below(random.pick([minute, 40 * minute])))
    const code = random.pick(['alpha', 'beta'])
    const deed = random.pick(deeds)
    if (deed === 'off') {
      await this.save(`switches ${code} off`, (db, now) => switchProviderOff(db, code, now))
      world.reached.add('provider switched off')
      await world.sleep(random.below(2 * hour))
      const drawn = random.next()
      if (drawn < 0.3) await this.saveKeys(code, code, 'switches it on')
      else if (drawn < 0.5 && deeds.includes('merchant')) await this.endMerchant(code)
    } else if (deed === 'keys') {
      shop.banks.get(code)?.renewKey()
      await this.saveKeys(code, code, 'renews its key')
      world.reached.add('keys renewed')
    } else {
      const account = `${code} of the second shop`
      const repeat = shop.banks.get(code)?.habits.repeat ?? 'same'
      shop.addMerchant(code, habitsOf(world, account, repeat), notify, account)
      await this.saveKeys(code, account, 'takes another merchant')
      world.reached.add('another merchant of a provider')
      await world.sleep(random.below(2 * hour))
      if (random.happens(0.5)) await this.endMerchant(code)
    }
  }

  private async saveKeys(code: string, account: string, what: string): Promise<void> {
    const { shop, world } = this.life
    const bank = shop.banks.get(account)
    const key = bank?.key ?? 1
    const isSaved = await this.save(`${what}: ${account}`, (db, now) => saveSettings(db, code, { account, key }, now))
    if (bank && isSaved) bank.savedAt = world.now
  }

  /**
   * Saves settings, and repeats this until the owner gets the answer that they are saved, for about eight hours. An
   * owner does not give up sooner, because without a new key the shop would never hear of its money again.
   * @returns whether the owner got that answer
   */
  private async save(what: string, work: (db: Database, now: number) => Promise<unknown>): Promise<boolean> {
    let isSaved = false
    for (let tries = 1; tries <= mostTries && !isSaved; tries++)
      await this.life.act('owner', tries === 1 ? what : `${what}, ${tries}`, async (key) => {
        isSaved = (await this.life.run('admin', key, 'owner', (ctx) => work(ctx.db, ctx.now()))).ok
        if (!isSaved) await this.life.world.sleep(tries < quickTries ? 20_000 : 10 * minute)
      })
    return isSaved
  }

  /**
   * Deletes all settings of the first merchant account. Does nothing while the current settings are of this account and
   * the provider is enabled.
   */
  private async endMerchant(code: string): Promise<void> {
    const { shop, world } = this.life
    const isFirst = (fields: unknown) => (fields as Fields).account === code
    const bank = shop.banks.get(code)
    if (bank) bank.savedAt = undefined
    for (let tries = 1; tries <= 5; tries++) {
      const document = shop.store.peek('settings', code)
      const setting = document && (await openSetting(document))
      if (!setting) return
      const { generation: current = 1, fields, off = false, older = [], ended = [] } = setting
      if (isFirst(fields) && !off) return
      const kept = [...older, { generation: current, fields }]
      const generation = kept.find((one) => isFirst(one.fields) && !ended.includes(one.generation))?.generation
      if (generation === undefined) {
        if (bank) bank.endedAt = world.now
        world.reached.add('settings ended by hand')
        return
      }
      const { version } = document
      await this.save(`ends settings ${generation} of ${code}`, (db) => endSettings(db, code, { generation, version }))
    }
  }
}

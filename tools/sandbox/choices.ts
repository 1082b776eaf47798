// Which scenario the next payment, call or debit of a provider has, and when a scenario is used up.
import type { Memory } from './memory'
import { type Breakage, readScenario, type Scenario, scenarioOf, scenarios } from './scenarios'
import type { Sandbox } from './surface'
import type { Desk, Twin } from './twin'
import { twinOf, twins } from './twins'

/** Makes the functions that choose scenarios and use them up. */
export function createChoices(memory: Memory) {
  /** Ends the chosen scenario after its payment, unless scenarios are kept for all payments. */
  const useUp = (twin: Twin): void => {
    const next = memory.isKept() ? memory.choice(twin.provider) : { scenario: 'pay', call: null }
    memory.choose(twin.provider, { ...next, boundTo: null })
  }

  /** How this call fails, if the chosen scenario makes it fail. A chosen scenario makes only one call fail. */
  const takeBreakage = (twin: Twin, call: string): Breakage | undefined => {
    const choice = memory.choice(twin.provider)
    const { breaks } = scenarioOf(choice.scenario)
    const calls = choice.call === null ? (breaks?.calls ?? twin.scenarioCalls) : [choice.call]
    if (!breaks || !(calls.includes(call) || calls.includes('*'))) return undefined
    useUp(twin)
    return breaks.how
  }

  /**
   * The result of a contract's debit. After one debit the chosen scenario no longer applies, unless the scenario is one
   * for all debits (`lasts`).
   */
  const takeDebit = (twin: Twin, call: string): Desk['papay'] => {
    const { debit } = scenarioOf(memory.choice(twin.provider).scenario)
    if (!debit || call !== 'pappayapply') return undefined
    if (!debit.lasts) useUp(twin)
    return debit
  }

  // Assigns the chosen scenario to the payment that is created next, and to no other.
  const bind = (twin: Twin, opened: string): void => {
    const choice = memory.choice(twin.provider)
    const { id, breaks, debit } = scenarioOf(choice.scenario)
    if (id !== 'pay' && !breaks && !debit && choice.boundTo === null)
      memory.choose(twin.provider, { ...choice, boundTo: opened })
  }

  const release = (twin: Twin, ended: string): void => {
    if (memory.choice(twin.provider).boundTo === ended) useUp(twin)
  }

  const sheetScenario = (twin: Twin, no: string): Scenario => {
    const choice = memory.choice(twin.provider)
    const scenario = scenarioOf(choice.scenario)
    const isOfAnother = choice.boundTo !== null && choice.boundTo !== no && !memory.isKept()
    if (scenario.breaks || scenario.debit || isOfAnother) return scenarioOf('pay')
    memory.choose(twin.provider, { ...choice, boundTo: no })
    return scenario
  }

  const list: Sandbox['list'] = () => ({
    keep: memory.isKept(),
    providers: twins.map(({ provider, name, hasBills }) => ({
      provider,
      name,
      scenarios: scenarios
        .filter(({ debit, sheet }) => (!debit || provider === 'wechatpay') && (hasBills || !sheet.money?.isTwice))
        .filter(({ sheet }) => provider === 'wechatpay' || !sheet.money?.isTold)
        .map(({ id, label, labelEn }) => ({ id, label, labelEn })),
      next: memory.choice(provider).scenario,
    })),
  })

  const setScenario: Sandbox['setScenario'] = (provider, text) => {
    const { scenario, call } = readScenario(text)
    memory.choose(twinOf(provider).provider, { scenario: scenario.id, call: call ?? null, boundTo: null })
  }

  return { takeBreakage, takeDebit, bind, release, sheetScenario, list, setScenario }
}

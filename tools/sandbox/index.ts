// The sandbox: the fake servers of all providers behind one address. This folder delays calls, breaks calls, opens the
// payment sheet and sends webhook notifications at the times that each provider's document gives. Only the fake servers
// know the wire formats.

import { createChoices } from './choices'
import { openMemory } from './memory'
import { createSending } from './sending'
import { createServing } from './serving'
import { createSheet } from './sheet'
import type { Sandbox, SandboxOptions } from './surface'
import { type Desk, SandboxError, type Twin } from './twin'
import { twinOf } from './twins'
import { createMessageService } from './wechat/messages'
import { openMidasContract } from './wechat/papay'
import { createShippingService } from './wechat/shipping'
import { createWechatUser } from './wechat/wechatUser'

export type { Sandbox, SandboxOptions, SandboxTrace } from './surface'

export function createSandbox(options: SandboxOptions): Sandbox {
  const { clock, trace, refundAfterMs = 20 * 60_000 } = options
  const memory = openMemory(options.dataDir)
  let closed = false

  const pushOf = (): Desk['push'] => {
    const setup = options.messagePush?.()
    return setup && { url: options.noticeUrl('wechat'), setup }
  }

  const deskOf = (twin: Twin, refundFails = false, papay?: Desk['papay']): Desk => ({
    now: clock.now(),
    settings: options.settings(twin.provider),
    ledger: memory.ledgerOf(twin.provider),
    refundAfterMs,
    refundFails,
    ...(papay && { papay }),
    push: pushOf(),
    signing: (userId) => openMidasContract(userId, deskOf(twinOf('wechatpay'))),
    hasten: (no, at) => memory.hasten(twin.provider, no, at),
    announce: (no, at) => void memory.plan(twin.provider, { no, forged: false }, at, true),
  })

  const choices = createChoices(memory)
  const sending = createSending({ options, memory, deskOf, isClosed: () => closed })
  const { push, pushUntilThanked, pushing, sendAll, show } = sending
  const handle = createServing({ options, memory, choices, show, deskOf })
  const { pay, inspect } = createSheet({ trace, memory, choices, sendAll, deskOf })
  const { list, setScenario } = choices

  return {
    ...createWechatUser({ trace, memory, deskOf }),
    push,
    handle,
    list,
    setScenario,
    setKeep: (keep) => memory.setKept(keep),

    pay,
    inspect,

    refundInConsole(provider, paymentNo, amountFen) {
      const twin = twinOf(provider)
      if (!twin.refundInConsole) throw new SandboxError(`no refunds in the console of ${provider} here`)
      const { refundInConsole } = twin
      memory.together(() => refundInConsole(paymentNo, amountFen, deskOf(twin)))
    },

    messages: createMessageService(clock, memory.ledgerOf('messages')),

    shipping: createShippingService(clock, memory.ledgerOf('wechatpay'), memory.ledgerOf('shipping'), (event) => {
      const pushed = pushUntilThanked(event).finally(() => pushing.delete(pushed))
      pushing.add(pushed)
    }),

    nextAt: () => (closed ? null : pushing.size > 0 ? clock.now() : memory.nextDueAt()),

    async run(now) {
      if (closed) return
      await Promise.all(pushing)
      await sendAll(memory.dueAt(now))
    },

    close() {
      closed = true
      memory.close()
    },
  }
}

// The payment sheet: finds the payment that a payInfo opens, stores what the shopper did, and sends the notifications.
import type { createChoices } from './choices'
import type { Memory } from './memory'
import { readScenario, type SheetPlan } from './scenarios'
import type { createSending } from './sending'
import type { Sandbox, SandboxOptions } from './surface'
import { type Desk, SandboxError, type SheetPayment, type Twin } from './twin'
import { twins } from './twins'

interface Parts {
  trace: SandboxOptions['trace']
  memory: Memory
  choices: ReturnType<typeof createChoices>
  sendAll: ReturnType<typeof createSending>['sendAll']
  deskOf(twin: Twin): Desk
}

/** Makes the functions of the payment sheet. */
export function createSheet({ trace, memory, choices, sendAll, deskOf }: Parts): Pick<Sandbox, 'pay' | 'inspect'> {
  const { release, sheetScenario } = choices

  const find = (payInfo: string | object): { twin: Twin; payment: SheetPayment } | undefined => {
    const read = typeof payInfo === 'string' ? readPayInfo(payInfo) : payInfo
    for (const twin of twins) {
      const payment = twin.find(read, deskOf(twin))
      if (payment) return { twin, payment }
    }
    return undefined
  }

  /** Stores the result of the payment sheet. @returns the ids of the notifications that are sent now */
  const book = (twin: Twin, { no, amountFen }: SheetPayment, { money, notices }: SheetPlan): number[] => {
    const desk = deskOf(twin)
    if (money) {
      const taken = money.amount === 'asked' ? amountFen : amountFen === 1 ? 2 : 1
      const { hiddenMs = 0, isTwice, isTold } = money
      const knownAt = desk.now + hiddenMs
      twin.take(no, { amountFen: taken, knownAt, ...(isTwice && { isTwice }), ...(isTold && { isTold }) }, desk)
    }
    release(twin, no)
    const forged = notices?.forged ?? false
    const dueAt = desk.now + (notices?.delayMs ?? 0)
    // A forged notification is sent once, whatever the answer. Of several copies of one notification only one is
    // repeated.
    const ids = Array.from({ length: notices?.copies ?? 0 }, (_, copy) =>
      memory.plan(twin.provider, { no, forged }, dueAt, !forged && copy === 0),
    )
    return dueAt <= desk.now ? ids : []
  }

  const pay: Sandbox['pay'] = async (payInfo, text) => {
    const asked = text === undefined ? undefined : readScenario(text).scenario
    const found = find(payInfo)
    if (!found) return { errMsg: 'requestPayment:fail 支付验证签名失败' }
    const { twin, payment } = found
    if (payment.state !== 'payable')
      return { errMsg: `requestPayment:fail ${payment.state === 'paid' ? '该订单已支付' : '该订单已关闭'}` }
    const { scenario, leaving } = memory.together(() => {
      const scenario = asked ?? sheetScenario(twin, payment.no)
      return { scenario, leaving: book(twin, payment, scenario.sheet) }
    })
    trace({ from: 'phone', to: twin.provider, what: `sheet: ${scenario.id}`, ok: true, detail: payment.no })
    if (scenario.sheet.notices?.when === 'before') await sendAll(leaving)
    else setImmediate(() => void sendAll(leaving))
    return { errMsg: scenario.sheet.errMsg }
  }

  const inspect: Sandbox['inspect'] = (payInfo) => {
    const found = find(payInfo)
    if (!found) throw new SandboxError('no provider of the sandbox made this payInfo')
    const { amountFen, currency, title, state, wallet } = found.payment
    return {
      provider: found.twin.provider,
      amountFen,
      currency,
      title,
      ...(state !== 'payable' && { ended: state }),
      ...(wallet && { wallet }),
    }
  }

  return { pay, inspect }
}

function readPayInfo(text: string): string | object {
  if (!text.startsWith('{')) return text
  try {
    return JSON.parse(text) as object
  } catch {
    return text
  }
}

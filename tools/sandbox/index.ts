// The sandbox: the fake servers of all providers behind one address. This file delays calls, breaks calls, opens the
// payment sheet and sends webhook notifications at the times that each provider's document gives. Only the fake servers
// know the wire formats.

import { openMemory } from './memory'
import { type Breakage, readScenario, type Scenario, type SheetPlan, scenarioOf, scenarios } from './scenarios'
import {
  type Desk,
  type NoticeAnswer,
  type NoticeRequest,
  type PushSetup,
  SandboxError,
  type SheetPayment,
  type Twin,
  type TwinAnswer,
  type TwinRequest,
  type Wallet,
} from './twin'
import { twins } from './twins'
import { newLoginCode } from './virtualpay'
import { allComplaints, type Grievance, sayAgain } from './wechat/complaints'
import { type EventFields, isPushThanked, pushRequest } from './wechat/messagePush'
import { createMessageService, type MessageService } from './wechat/messages'
import { openMidasContract, type SignResult, signPapay, signScenarios, terminatePapay } from './wechat/papay'
import { createShippingService, type ShippingService } from './wechat/shipping'
import { complainAbout } from './wechatpay'

export interface SandboxTrace {
  from: string
  to: string
  what: string
  ok: boolean
  ms?: number
  detail?: string
}

export interface SandboxOptions {
  clock: { now(): number }
  dataDir: string
  /** a provider's current settings, including its keys */
  settings(code: string): Record<string, unknown> | undefined
  /** Sends a webhook notification to the merchant. */
  deliver(request: NoticeRequest): Promise<NoticeAnswer>
  noticeUrl(provider: string): string
  /**
   * what the shop entered in WeChat's console for message push (消息推送配置); undefined: the shop entered nothing, and
   * WeChat sends no event
   */
  messagePush?(): PushSetup | undefined
  trace(event: SandboxTrace): void
  /** repeats notifications this many times faster than the provider's document says [1] */
  noticeSpeed?: number
  /** ms until an accepted refund succeeds [20 minutes] */
  refundAfterMs?: number
  /** real ms that a slow call takes [10,000] */
  slowMs?: number
}

interface ProviderScenarios {
  provider: string
  name: string
  scenarios: { id: string; label: string; labelEn: string }[]
  /** the next payment's scenario */
  next: string
}

/** The data of a payment, for the payment sheet and the page of a payment link. */
interface InspectedPayment {
  provider: string
  amountFen: number
  currency: string
  title: string
  /** set if the payment can no longer be paid; says why */
  ended?: 'paid' | 'closed'
  /** the shopper's wallet, if it is not WeChat Pay */
  wallet?: Wallet
}

export interface Sandbox {
  /** Handles a request to a provider's API. On `reset` the caller must destroy the socket. */
  handle(provider: string, request: TwinRequest): Promise<TwinAnswer | 'reset'>
  list(): { keep: boolean; providers: ProviderScenarios[] }
  /**
   * Chooses the scenario of the next payment, from its first call to its end. @throws SandboxError for unknown names
   */
  setScenario(provider: string, scenario: string): void
  /** Whether a chosen scenario stays for all following payments (on), or is used for one payment (off). */
  setKeep(keep: boolean): void
  /**
   * The shopper confirms in the payment sheet.
   * @param payInfo Midas's pay_info, the JSON of JSAPI parameters, or these as an object
   * @param scenario replaces the chosen scenario
   * @returns the result of wx.requestPayment
   * @throws SandboxError for an unknown scenario
   */
  pay(payInfo: string | object, scenario?: string): Promise<{ errMsg: string }>
  /**
   * Imitates WeChat's signing page: the result of opening it, and the data for App.onShow afterwards.
   * @param extraData the argument that the phone passed to wx.navigateToMiniProgram
   * @throws SandboxError for an unknown scenario
   */
  sign(extraData: Record<string, unknown>, openid: string, scenario?: string): SignResult
  /**
   * Plays a merchant who refunds a payment in the provider's console. The fake server notifies the shop if its provider
   * does.
   * @throws SandboxError if this fake server has no console
   */
  refundInConsole(provider: string, paymentNo: string, amountFen: number): void
  /**
   * Plays a shopper who complains about a WeChat Pay payment. The fake server notifies the shop.
   * @returns the complaint's number
   * @throws SandboxError if the payment is not paid
   */
  complain(paymentNo: string, grievance: Grievance): string
  /** Plays a shopper who writes more about a complaint. @throws SandboxError if the complaint does not exist */
  complainAgain(complaintId: string, text: string): void
  complaints(): object[]
  /** Plays wx.login: returns a code that WeChat exchanges once for the user's session key. */
  login(openid: string): string
  /** Plays a subscriber who ends a contract in WeChat. @returns false if the contract does not exist */
  terminate(contractNo: string): boolean
  /** The data of a payment for the payment sheet. @throws SandboxError if no fake server knows this payInfo */
  inspect(payInfo: string | object): InspectedPayment
  /** The time at which the next notice is due; null if none waits. */
  nextAt(): number | null
  /** Sends all due notices; resolves when they have been sent. */
  run(now: number): Promise<void>
  close(): void
  /** the fake WeChat server that receives our shipping reports */
  shipping: ShippingService
  /** the fake server of WeChat's subscribe messages */
  messages: MessageService
  /**
   * Plays WeChat, which sends an event through its message push.
   * @param changes settings that differ from the shop's, such as XML instead of JSON
   * @returns the merchant's answer; undefined if the shop has entered no address
   */
  push(event: EventFields, changes?: Partial<PushSetup>): Promise<NoticeAnswer | undefined>
}

const noticeTimeoutMs = 15_000
const pushTimeoutMs = 5_000
const pushTries = 3
const sendsAtOnce = 32
const garbage: TwinAnswer = {
  statusCode: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<html><head><title>502 Bad Gateway</title></head><body>\u0000\ufffd</body></html>',
}
const broken: TwinAnswer = { statusCode: 500, headers: { 'content-type': 'text/html' }, body: '<h1>500</h1>' }

export function createSandbox(options: SandboxOptions): Sandbox {
  const { clock, trace, noticeSpeed = 1, refundAfterMs = 20 * 60_000, slowMs = 10_000 } = options
  const memory = openMemory(options.dataDir)
  const sending = new Map<number, Promise<void>>()
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

  const twinOf = (provider: string): Twin => {
    const twin = twins.find((one) => one.provider === provider)
    if (!twin) throw new SandboxError(`there is no fake server of ${JSON.stringify(provider)}`)
    return twin
  }

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

  /** The result of a contract's debit. A debit uses the chosen scenario up, unless the scenario lasts. */
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

  const send = (id: number): Promise<void> => {
    const under = sending.get(id)
    if (under) return under
    const sent = sendOnce(id).finally(() => sending.delete(id))
    sending.set(id, sent)
    return sent
  }

  const sendOnce = async (id: number): Promise<void> => {
    const notice = closed ? undefined : memory.notice(id)
    if (!notice) return
    const { provider, content, tries, repeats } = notice
    const twin = twinOf(provider)
    const began = performance.now()
    const answer = await within(noticeTimeoutMs, async () =>
      options.deliver(twin.notice(content, options.noticeUrl(provider), deskOf(twin))),
    )
    if (closed) return
    const thanked = typeof answer === 'object' && twin.isThanked(answer)
    const pause = thanked || !repeats ? undefined : twin.retrySeconds[tries]
    memory.together(() => {
      if (pause !== undefined) {
        memory.postpone(id, clock.now() + Math.max(1, Math.round((pause * 1000) / noticeSpeed)))
        return
      }
      memory.forget(id)
      if (thanked || repeats) twin.noticed(content, thanked, deskOf(twin))
    })
    trace({
      from: provider,
      to: 'notify',
      what: content.forged ? 'forged notice' : 'notice',
      ok: thanked,
      ms: Math.round(performance.now() - began),
      detail: `${content.no}, try ${tries + 1}: ${told(answer)}${pause === undefined ? '' : `; again in ${pause} s`}`,
    })
  }

  /** Fetches a page from the merchant, as a provider does that shows it under its own address. */
  const show = async (provider: string, page: string): Promise<TwinAnswer> => {
    const url = new URL(page, options.noticeUrl(provider)).href
    const { status, headers, body } = await options.deliver({ method: 'GET', url, headers: {}, body: '' })
    return { statusCode: status, headers, body }
  }

  const sendAll = async (ids: readonly number[]): Promise<void> => {
    for (let from = 0; from < ids.length; from += sendsAtOnce)
      await Promise.all(ids.slice(from, from + sendsAtOnce).map(send))
  }

  const push: Sandbox['push'] = async (event, changes) => {
    const setup = options.messagePush?.()
    if (!setup || closed) return undefined
    const began = performance.now()
    const request = { event, now: clock.now() }
    const sent = pushRequest(options.noticeUrl('wechat'), { ...setup, ...changes }, request)
    const answer = await within(pushTimeoutMs, async () => options.deliver(sent))
    trace({
      from: 'wechat',
      to: 'notify',
      what: 'event',
      ok: typeof answer === 'object' && isPushThanked(answer),
      ms: Math.round(performance.now() - began),
      detail: `${String(event.Event)}: ${told(answer)}`,
    })
    return typeof answer === 'object' ? answer : { status: 0, headers: {}, body: answer }
  }

  // Events that are being sent. The clock waits for them.
  const pushing = new Set<Promise<void>>()
  // Sends an event as WeChat's page describes: if no answer comes within five seconds, WeChat sends it again, three
  // times in all.
  const pushUntilThanked = async (event: EventFields): Promise<void> => {
    // First let the API call that caused the event get its answer.
    await new Promise((resolve) => setImmediate(resolve))
    for (let tries = 0; tries < pushTries; tries++) {
      const answer = await push(event)
      if (!answer || isPushThanked(answer)) return
    }
  }

  return {
    push,

    async handle(provider, request) {
      const twin = twins.find((one) => one.provider === provider)
      if (!twin) return { statusCode: 404, headers: { 'content-type': 'text/plain' }, body: 'no such provider' }
      const began = performance.now()
      const call = twin.callOf(request.path, request.query)
      const from = twin.isFromPhone(call) ? 'phone' : 'functions'
      const tell = (ok: boolean, detail: string) =>
        trace({ from, to: provider, what: call, ok, ms: Math.round(performance.now() - began), detail })
      const breakage = takeBreakage(twin, call)
      if (breakage === 'reset' || breakage === 'error') {
        tell(false, breakage === 'reset' ? 'connection reset' : 'HTTP 500')
        return breakage === 'reset' ? 'reset' : broken
      }
      try {
        const handled = memory.together(() => {
          const done = twin.handle(request, deskOf(twin, breakage === 'refundFails', takeDebit(twin, call)))
          if (done.opened !== undefined) bind(twin, done.opened)
          if (done.ended !== undefined) release(twin, done.ended)
          return done
        })
        if (breakage === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs))
        tell(handled.ok && breakage !== 'garbage', handled.detail + (breakage ? `; ${breakage}` : ''))
        if (breakage === 'garbage') return garbage
        return handled.shows === undefined ? handled.answer : await show(provider, handled.shows)
      } catch (error) {
        tell(false, error instanceof Error ? error.message : 'error')
        return broken
      }
    },

    list: () => ({
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
    }),

    setScenario(provider, text) {
      const { scenario, call } = readScenario(text)
      memory.choose(twinOf(provider).provider, { scenario: scenario.id, call: call ?? null, boundTo: null })
    },

    setKeep: (keep) => memory.setKept(keep),

    async pay(payInfo, text) {
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
    },

    sign(extraData, openid, text = 'sign') {
      const scenario = signScenarios.find((one) => one === text)
      if (!scenario)
        throw new SandboxError(`no scenario ${JSON.stringify(text)}; there are ${signScenarios.join(', ')}`)
      const result = memory.together(() => signPapay(extraData, openid, scenario, deskOf(twinOf('wechatpay'))))
      const detail = `${String(extraData.contract_code)} ${result.page ?? ''}`.trim()
      trace({ from: 'phone', to: 'wechatpay', what: `signing page: ${scenario}`, ok: true, detail })
      return result
    },

    refundInConsole(provider, paymentNo, amountFen) {
      const twin = twinOf(provider)
      if (!twin.refundInConsole) throw new SandboxError(`no refunds in the console of ${provider} here`)
      const { refundInConsole } = twin
      memory.together(() => refundInConsole(paymentNo, amountFen, deskOf(twin)))
    },

    complain: (paymentNo, grievance) =>
      memory.together(() => {
        const id = complainAbout(paymentNo, grievance, deskOf(twinOf('wechatpay')))
        if (id === undefined) throw new SandboxError('this payment is not paid')
        return id
      }),

    complainAgain: (id, text) =>
      memory.together(() => {
        if (!sayAgain(id, text, deskOf(twinOf('wechatpay')))) throw new SandboxError('no such complaint')
      }),

    complaints: () => allComplaints(memory.ledgerOf('wechatpay')),

    login: (openid) => memory.together(() => newLoginCode(openid, deskOf(twinOf('virtualpay')))),

    terminate: (contractNo) => memory.together(() => terminatePapay(contractNo, deskOf(twinOf('wechatpay')))),

    inspect(payInfo) {
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

function readPayInfo(text: string): string | object {
  if (!text.startsWith('{')) return text
  try {
    return JSON.parse(text) as object
  } catch {
    return text
  }
}

/** The result of `call`, or the error text if there is no result within `ms`. */
function within<T extends object>(ms: number, call: () => Promise<T>): Promise<T | 'no answer' | 'failed'> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, 'no answer' as const)
    const finish = (value: T | 'failed') => {
      clearTimeout(timer)
      resolve(value)
    }
    call().then(finish, () => finish('failed'))
  })
}

const told = (answer: NoticeAnswer | 'no answer' | 'failed'): string =>
  typeof answer === 'string' ? answer : `${answer.status} ${answer.body.slice(0, 80)}`

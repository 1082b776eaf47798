// Sends webhook notifications and WeChat's events, and repeats them as the provider's document says.
import type { Memory } from './memory'
import type { Sandbox, SandboxOptions } from './surface'
import type { Desk, NoticeAnswer, Twin, TwinAnswer } from './twin'
import { twinOf } from './twins'
import { type EventFields, isPushThanked, pushRequest } from './wechat/messagePush'

const noticeTimeoutMs = 15_000
const pushTimeoutMs = 5_000
const pushTries = 3
const sendsAtOnce = 32

interface Parts {
  options: SandboxOptions
  memory: Memory
  deskOf(twin: Twin): Desk
  isClosed(): boolean
}

/** Makes the functions that send. */
export function createSending({ options, memory, deskOf, isClosed }: Parts) {
  const { clock, trace, noticeSpeed = 1 } = options
  const sending = new Map<number, Promise<void>>()

  const send = (id: number): Promise<void> => {
    const under = sending.get(id)
    if (under) return under
    const sent = sendOnce(id).finally(() => sending.delete(id))
    sending.set(id, sent)
    return sent
  }

  const sendOnce = async (id: number): Promise<void> => {
    const notice = isClosed() ? undefined : memory.notice(id)
    if (!notice) return
    const { provider, content, tries, repeats } = notice
    const twin = twinOf(provider)
    const began = performance.now()
    const answer = await within(noticeTimeoutMs, async () =>
      options.deliver(twin.notice(content, options.noticeUrl(provider), deskOf(twin))),
    )
    if (isClosed()) return
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

  /**
   * Fetches a page from the merchant. A provider does this when it shows the merchant's page under the provider's own
   * address.
   */
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
    if (!setup || isClosed()) return undefined
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

  return { push, pushUntilThanked, pushing, sendAll, show }
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

// Answers the requests to a provider's API, and breaks them where the chosen scenario says so.
import type { createChoices } from './choices'
import type { Memory } from './memory'
import type { createSending } from './sending'
import type { Sandbox, SandboxOptions } from './surface'
import type { Desk, Twin, TwinAnswer } from './twin'
import { twins } from './twins'

const garbage: TwinAnswer = {
  statusCode: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<html><head><title>502 Bad Gateway</title></head><body>\u0000\ufffd</body></html>',
}
const broken: TwinAnswer = { statusCode: 500, headers: { 'content-type': 'text/html' }, body: '<h1>500</h1>' }

interface Parts {
  options: SandboxOptions
  memory: Memory
  choices: ReturnType<typeof createChoices>
  show: ReturnType<typeof createSending>['show']
  deskOf(twin: Twin, refundFails: boolean, papay: Desk['papay']): Desk
}

/** Makes the function that answers a provider's API. */
export function createServing({ options, memory, choices, show, deskOf }: Parts): Sandbox['handle'] {
  const { trace, slowMs = 10_000 } = options
  const { takeBreakage, takeDebit, bind, release } = choices

  return async (provider, request) => {
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
  }
}

// Posts an event to a system on the developer's machine, and describes the result in a sentence.
const patienceMs = 30_000
const answerLetters = 200

/** Posts an event. @returns the system's answer in words, or why it could not be reached. Never throws */
export async function forward(target: string, body: string, headers: Record<string, string>): Promise<string> {
  const startedAt = performance.now()
  try {
    const signal = AbortSignal.timeout(patienceMs)
    const answer = await fetch(target, { method: 'POST', headers, body, redirect: 'manual', signal })
    const text = (await answer.text()).trim().slice(0, answerLetters)
    const took = `${answer.status} in ${Math.round(performance.now() - startedAt)} ms`
    if (answer.ok) return `→ ${took}`
    const why = answer.status >= 300 && answer.status < 400 ? ' (a redirect is not followed)' : ''
    return `→ ${took}: not accepted${why}${text === '' ? '' : `: ${text}`}`
  } catch (error) {
    return `→ not delivered: ${reasonOf(error, target)}`
  }
}

const reasons: ReadonlyMap<string, (url: URL) => string> = new Map([
  ['ECONNREFUSED', ({ origin }) => `nothing listens at ${origin}. Start your system, or name another --forward-to`],
  ['ENOTFOUND', ({ hostname }) => `there is no host ${hostname}`],
  ['EAI_AGAIN', ({ hostname }) => `the name ${hostname} cannot be resolved at this moment`],
  ['ECONNRESET', ({ origin }) => `${origin} closed the connection without an answer`],
  ['UND_ERR_SOCKET', ({ origin }) => `${origin} closed the connection without an answer`],
  [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    ({ origin }) => `the certificate of ${origin} is not trusted; on this machine use http`,
  ],
  ['ERR_SSL_WRONG_VERSION_NUMBER', ({ origin }) => `${origin} does not speak TLS: write http:// instead of https://`],
])

function reasonOf(error: unknown, target: string): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${patienceMs / 1_000} s`
  const { cause } = error as { cause?: Error & { code?: string; errors?: { code?: string }[] } }
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? ''
  return reasons.get(code)?.(new URL(target)) ?? `${target} cannot be reached (${code || cause?.message})`
}

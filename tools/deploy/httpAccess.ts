// Calls the function for webhooks once over HTTP access, as a provider would. If the function refuses the call, says
// which setting makes the function accept such calls.
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { text } from 'node:stream/consumers'
import { HttpsProxyAgent } from 'https-proxy-agent'
import type { Run } from './run'

const waitMs = 20_000
// The function's answer if the call has no source (cloudfunctions/shared/runtime/serve.ts).
const refusedWithoutSource = 'forbidden: not over HTTP'

/**
 * @param address of HTTP access and the function's route
 * @param proxy an HTTP proxy, as http://host:port
 */
export async function probeHttp(run: Run, address: string, proxy: string | undefined): Promise<void> {
  // The function's answer when it refuses a call for which CloudBase names no source
  // (cloudfunctions/shared/runtime/serve.ts).
  const answer = await open(`${address}/${'x'.repeat(600)}`, proxy, AbortSignal.timeout(waitMs))
    .then(async (response) => ({ status: response.statusCode, body: await text(response) }))
    .catch((error: unknown) => ({ status: undefined, body: error instanceof Error ? error.message : 'no answer' }))
  if (answer.status === 414) return run.say('notify answers over HTTP')
  const [, source] = /^forbidden: ([\w,.-]{1,64})$/.exec(answer.body) ?? []
  if (answer.status === 403 && source)
    return run.leave(
      `notify refuses HTTP access: in this environment the source of such calls is ${source}, which no document names.\n  In the CloudBase console (云函数 → 函数配置 → 环境变量) set CASHIER_HTTP_SOURCE=${source} for notify and web, and run the command again. Until then notices are refused.`,
    )
  if (answer.status === 403 && answer.body === refusedWithoutSource)
    return run.leave(
      'notify refuses HTTP access although CloudBase names no source of such calls: CloudBase sent no requestContext, or named a person or a timer. Every notice is refused.\n  In the CloudBase console (云函数 → notify → 日志) read what the call contained, and ask CloudBase why (docs/decisions/0033-who-may-start-notify-and-timer.md).',
    )
  // A new route takes minutes until it works everywhere, so this is no failure of the deployment.
  run.say(
    `HTTP access could not be tried (${answer.status ?? answer.body.slice(0, 200)}): run the command again in some minutes, and look for “notify answers over HTTP”`,
  )
}

/** Opens an address. Uses node:https, because fetch in Node 20 supports no proxy. @param proxy as http://host:port */
export const open = (url: string, proxy: string | undefined, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, { signal, ...(proxy && { agent: new HttpsProxyAgent(proxy) }) }, resolve).on('error', reject)
  })

// The paths of the local cloud: those of the cloud itself, and those with which the preview and the tests play shopper,
// provider and time. The paths are those of docs/design.md 5.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dayMs } from '../miniprogram/rules/beijing'
import { callerOf, type Emulator, FunctionFailure, type TraceEvent } from '../packages/cloudbase-emulator/src'
import { createBodyReader, readUpTo } from './bodyReader'
import type { Sandbox } from './sandbox'
import { payPage } from './sandbox/payPage'
import type { EventFields } from './sandbox/wechat/messagePush'
import type { createWechatAccount } from './sandbox/wechat/wechatAccount'
import { isWechat, servedBridge } from './sandbox/wechat/wechatBrowser'
import { webPaths } from './webPaths'

export const bridgePath = '/sandbox/wechat/bridge.js'
const bodyLimit = 8 * 1024 * 1024
const longestAdvanceMs = 400 * dayMs

export interface SurfaceParts {
  emulator: Emulator
  sandbox: Sandbox
  wechat: ReturnType<typeof createWechatAccount>
  traces: TraceEvent[]
  watchers: Set<ServerResponse>
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL, match: RegExpExecArray) => Promise<void>

// Adds WeChat's JS bridge to a page if the browser says that it is WeChat's, because the real WeChat adds it too. The
// page's content security policy is widened for this script.
function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  { statusCode, headers, body }: { statusCode: number; headers: Record<string, string>; body: string },
): void {
  const policy = headers['content-security-policy'] ?? ''
  const isPage = body.startsWith('<!doctype html>') && policy.includes('script-src')
  if (!isPage || !isWechat(request.headers['user-agent'])) {
    response.writeHead(statusCode, headers).end(body)
    return
  }
  const withBridge = { ...headers, 'content-security-policy': `${policy}; frame-src 'self'` }
  response.writeHead(statusCode, withBridge).end(body.replace('<head>', `<head><script src="${bridgePath}"></script>`))
}

type Route = [method: string, path: RegExp, handle: Handler]

/** The paths of the cloud, and of the fake servers. */
function cloudRoutes({ emulator, sandbox, wechat }: SurfaceParts): Route[] {
  const readNotice = createBodyReader()
  return [
    [
      'POST',
      /^\/call\/(\w+)$/,
      async (request, response, _, match) => {
        const caller = callerOf(request.headers)
        const event: unknown = parseJson((await readBody(request)).toString('utf8'))
        try {
          json(response, 200, await emulator.call(match[1] ?? '', caller, event))
        } catch (error) {
          if (!(error instanceof FunctionFailure)) throw error
          json(response, 500, { errCode: error.errCode, errMsg: error.message })
        }
      },
    ],
    [
      'ANY',
      new RegExp(`^(/notify/.*|/pay/.*|/m?pay\\.html|/web/(${webPaths.join('|')})(/.*)?)$`),
      async (request, response, url) => {
        const headers = url.pathname.startsWith('/web/') ? forwarded(request) : headersOf(request)
        const answer = await readNotice(request, emulator.httpBodyLimit(headers), (body) =>
          emulator.http({
            method: request.method ?? 'GET',
            path: url.pathname,
            query: Object.fromEntries(url.searchParams),
            headers,
            body,
          }),
        )
        if (answer === 'busy') json(response, 503, { errMsg: 'too many large bodies at once' })
        else sendPage(request, response, { ...answer, body: String(answer.body) })
      },
    ],
    [
      'GET',
      /^\/sandbox\/wechat\/bridge\.js$/,
      async (request, response) => {
        const script = servedBridge(`http://${request.headers.host}`)
        response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script)
      },
    ],
    [
      'ANY',
      /^\/sandbox\/(\w+)(\/.*)?$/,
      async (request, response, url, match) => {
        const asked = {
          method: request.method ?? 'GET',
          path: match[2] ?? '/',
          query: url.searchParams,
          headers: headersOf(request),
          body: await readBody(request),
        }
        const provider = match[1] ?? ''
        const answer = provider === 'wechat' ? wechat.handle(asked) : await sandbox.handle(provider, asked)
        if (answer === 'reset') request.socket.destroy()
        else sendPage(request, response, answer)
      },
    ],
  ]
}

/** The clock, the functions’ instances, and what the payment sheet does next. */
function stageRoutes({ emulator, sandbox }: SurfaceParts): Route[] {
  return [
    [
      'GET',
      /^\/local\/clock$/,
      async (_, response) =>
        json(response, 200, { now: emulator.clock.now(), offsetMs: emulator.clock.now() - Date.now() }),
    ],
    [
      'POST',
      /^\/local\/clock$/,
      async (request, response) => {
        const { advanceMs } = await readJson(request)
        if (
          typeof advanceMs !== 'number' ||
          !Number.isSafeInteger(advanceMs) ||
          advanceMs < 0 ||
          advanceMs > longestAdvanceMs
        )
          return json(response, 400, { errMsg: 'advanceMs: a whole number of milliseconds from 0 to 400 days' })
        await emulator.clock.advance(advanceMs)
        json(response, 200, { now: emulator.clock.now() })
      },
    ],
    [
      'POST',
      /^\/local\/instances$/,
      async (_, response) => {
        await emulator.reloadFunctions()
        json(response, 200, {})
      },
    ],
    ['GET', /^\/local\/sandbox$/, async (_, response) => json(response, 200, sandbox.list())],
    [
      'POST',
      /^\/local\/sandbox$/,
      async (request, response) => {
        const { provider, scenario, keep } = await readJson(request)
        if (keep !== undefined && typeof keep !== 'boolean')
          return json(response, 400, { errMsg: 'keep: true or false' })
        try {
          if (provider !== undefined || keep === undefined) sandbox.setScenario(String(provider), String(scenario))
          if (keep !== undefined) sandbox.setKeep(keep)
          json(response, 200, sandbox.list())
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown' })
        }
      },
    ],
  ]
}

/** What WeChat and its users do: shipping, messages, complaints, pushed events. */
function wechatRoutes({ emulator, sandbox }: SurfaceParts): Route[] {
  return [
    ['GET', /^\/local\/shipping$/, async (_, response) => json(response, 200, { uploads: sandbox.shipping.uploads() })],
    [
      'POST',
      /^\/local\/shipping$/,
      async (request, response) => {
        const { mood, received } = await readJson(request)
        try {
          if (mood !== undefined) sandbox.shipping.setMood(String(mood))
          if (received !== undefined) sandbox.shipping.receive(String(received))
          json(response, 200, {})
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown' })
        }
      },
    ],
    ['GET', /^\/local\/messages$/, async (_, response) => json(response, 200, { sent: sandbox.messages.sent() })],
    [
      'POST',
      /^\/local\/messages$/,
      async (request, response) => {
        const { mood, permit } = await readJson(request)
        const openid = String(request.headers['x-openid'] ?? '')
        try {
          if (mood !== undefined) sandbox.messages.setMood(String(mood))
          if (Array.isArray(permit)) sandbox.messages.permit(openid, permit.map(String))
          json(response, 200, {})
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown' })
        }
      },
    ],
    ['GET', /^\/local\/complaints$/, async (_, response) => json(response, 200, { complaints: sandbox.complaints() })],
    [
      'POST',
      /^\/local\/complaints$/,
      async (request, response) => {
        const { paymentNo, complaintId, text, about, problem, phone } = await readJson(request)
        const said = typeof text === 'string' ? text : '商品与描述不符'
        try {
          if (complaintId !== undefined) sandbox.complainAgain(String(complaintId), said)
          const id =
            complaintId ??
            sandbox.complain(String(paymentNo), {
              text: said,
              problem: typeof problem === 'string' ? problem : '商品质量有问题',
              about: about === 'REFUND' || about === 'SERVICE_NOT_WORK' ? about : 'OTHERS',
              phone: typeof phone === 'string' ? phone : '13800000000',
            })
          await sandbox.run(emulator.clock.now())
          json(response, 200, { complaintId: id })
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown' })
        }
      },
    ],
    [
      'POST',
      /^\/local\/push$/,
      async (request, response) => {
        const { event, xml } = await readJson(request)
        const answer = await sandbox.push((event ?? {}) as EventFields, { isXml: xml === true })
        if (answer) json(response, 200, answer)
        else json(response, 400, { errMsg: 'the shop has no messagePush' })
      },
    ],
  ]
}

/** What a shopper does on the phone: pay, sign, log in. */
function sheetRoutes({ sandbox }: SurfaceParts): Route[] {
  return [
    [
      'GET',
      /^\/local\/pay$/,
      async (_, response) => {
        const { statusCode, headers, body } = payPage()
        response.writeHead(statusCode, headers).end(body)
      },
    ],
    [
      'POST',
      /^\/local\/pay$/,
      async (request, response) => {
        const { payInfo, scenario, inspect } = await readJson(request)
        try {
          const info = payInfo as string | object
          const name = scenario === undefined ? undefined : String(scenario)
          json(response, 200, inspect === true ? sandbox.inspect(info) : await sandbox.pay(info, name))
        } catch (error) {
          json(response, 400, {
            errMsg: `requestPayment:fail ${error instanceof Error ? error.message : 'unknown payInfo'}`,
          })
        }
      },
    ],
    [
      'POST',
      /^\/local\/sign$/,
      async (request, response) => {
        const { extraData, scenario, contractNo } = await readJson(request)
        const openid = String(request.headers['x-openid'] ?? 'somebody')
        const name = scenario === undefined ? undefined : String(scenario)
        try {
          if (name === 'terminate') return json(response, 200, { ended: sandbox.terminate(String(contractNo)) })
          json(response, 200, sandbox.sign((extraData ?? {}) as Record<string, unknown>, openid, name))
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown extraData' })
        }
      },
    ],
    [
      'POST',
      /^\/local\/login$/,
      async (request, response) =>
        json(response, 200, { code: sandbox.login(String(request.headers['x-openid'] ?? 'somebody')) }),
    ],
  ]
}

/** What developers look at: stored documents, and the trace. */
function recordRoutes({ emulator, traces, watchers }: SurfaceParts): Route[] {
  return [
    [
      'GET',
      /^\/local\/(orders|contracts|requests)\/([^/]+)$/,
      async (_, response, __, [, collection = '', id = '']) => {
        const [stored] = emulator.database.find(collection, { where: { _id: decodeURIComponent(id) }, limit: 1 })
        if (stored) json(response, 200, stored)
        else json(response, 404, { errMsg: `nothing of that number in ${collection}` })
      },
    ],
    [
      'GET',
      /^\/local\/trace$/,
      async (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        for (const event of traces) response.write(`data: ${JSON.stringify(event)}\n\n`)
        watchers.add(response)
        response.on('close', () => watchers.delete(response))
      },
    ],
  ]
}

/**
 * Makes the function that handles the local cloud's own paths.
 * @returns whether the path was one of them; all other paths are those of the pages
 */
export function createSurface(parts: SurfaceParts) {
  const routes = [cloudRoutes, stageRoutes, wechatRoutes, sheetRoutes, recordRoutes].flatMap((of) => of(parts))
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    for (const [method, path, handle] of routes) {
      const match = path.exec(url.pathname)
      if (!match || (method !== 'ANY' && method !== request.method)) continue
      // A page of another origin, or of a host name that resolves to this machine, must not act as a shopper or move
      // the clock.
      if (/^\/(call|local)\//.test(url.pathname) && !isOwnPage(request))
        json(response, 403, { errMsg: 'only from this machine' })
      else await handle(request, response, url, match)
      return true
    }
    return false
  }
}

function isOwnPage({ headers }: IncomingMessage): boolean {
  const host = headers.host ?? ''
  const isLocal = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
  return isLocal && (headers.origin === undefined || headers.origin === `http://${host}`)
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  )

/** Adds the client's address to x-forwarded-for, behind what the client itself sent, as a real gateway does. */
function forwarded(request: IncomingMessage): Record<string, string> {
  const { 'x-forwarded-for': before, ...headers } = headersOf(request)
  const seen = [before, request.socket.remoteAddress].filter((address) => address !== undefined)
  return { ...headers, 'x-forwarded-for': seen.join(', ') }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const body = await readUpTo(request, bodyLimit + 1)
  if (body.length > bodyLimit) throw new Error('the body is too large')
  return body
}

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const value = parseJson((await readBody(request)).toString('utf8'))
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.end(JSON.stringify(value ?? null))
}

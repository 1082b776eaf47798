// The HTTP server of `cloudbase-emulator`: function calls as a phone makes them, HTTP access, and control of the clock.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { FunctionFailure } from './failures'
import { listenLocally, readBody } from './localServer'
import type { Caller, Emulator } from './surface'

const callLimit = 1024 * 1024
const longestAdvanceMs = 400 * 86_400_000

/** A response of the server. */
type Answer = { status: number; headers?: Record<string, string>; body: Buffer | string }

/**
 * Serves on 127.0.0.1:
 * - `POST /call/<function>` with a JSON body calls the function as a phone does. The header `x-openid` names the
 *   caller; `x-unionid` and `x-client-ip` are optional.
 * - `POST /clock` with `{"advanceMs": 60000}` moves the emulator's clock, and answers after every due timer has run.
 * - Any other path is HTTP access.
 * @param port if 0, the system chooses a free port
 * @throws CannotStart if the port is taken
 */
export async function serveEmulator(
  emulator: Emulator,
  port: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(emulator, request).then(
      (reply) => send(response, reply),
      (error: unknown) => send(response, json(500, { errMsg: error instanceof Error ? error.message : 'failed' })),
    )
  })
  const { origin, close } = await listenLocally(
    server,
    port,
    (code) => `Port ${port} cannot be used (${code}). Choose another with --port.`,
  )
  return { url: origin, close }
}

async function answer(emulator: Emulator, request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
  const headers = headersOf(request)
  const called = /^\/call\/([\w-]+)$/.exec(pathname)?.[1]
  // Accept only JSON. A page of another website can post a form to this server, but not JSON.
  const isJson = headers['content-type']?.startsWith('application/json') === true
  if (called === undefined && pathname !== '/clock') {
    const body = await readBody(request, emulator.httpBodyLimit(headers))
    const query = Object.fromEntries(searchParams)
    const reply = await emulator.http({ method: request.method ?? 'GET', path: pathname, query, headers, body })
    return { status: reply.statusCode, headers: reply.headers, body: reply.body }
  }
  if (request.method !== 'POST' || !isJson) return json(405, { errMsg: 'POST with content-type: application/json' })
  const body = parse((await readBody(request, callLimit)).toString('utf8'))
  return called === undefined ? moveClock(emulator, body) : callFunction(emulator, called, headers, body)
}

/**
 * Reads from the headers of `POST /call/<function>` who calls the function.
 * @param headers `x-openid`, `x-unionid` and `x-client-ip`; each may be absent
 * @returns the caller; without `x-openid` their openid is empty
 */
export const callerOf = (headers: IncomingHttpHeaders): Caller => {
  const text = (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const [unionid, clientIp] = [text('x-unionid'), text('x-client-ip')]
  return {
    openid: text('x-openid') ?? '',
    ...(unionid !== undefined && { unionid }),
    ...(clientIp !== undefined && { clientIp }),
  }
}

async function callFunction(
  emulator: Emulator,
  name: string,
  headers: Record<string, string>,
  event: unknown,
): Promise<Answer> {
  const caller = callerOf(headers)
  try {
    return json(200, (await emulator.call(name, caller, event)) ?? null)
  } catch (error) {
    if (!(error instanceof FunctionFailure)) throw error
    return json(500, { errCode: error.errCode, errMsg: error.message })
  }
}

async function moveClock(emulator: Emulator, body: unknown): Promise<Answer> {
  const { advanceMs } = (body ?? {}) as { advanceMs?: unknown }
  if (!Number.isSafeInteger(advanceMs) || Number(advanceMs) < 0 || Number(advanceMs) > longestAdvanceMs)
    return json(400, { errMsg: 'advanceMs: a whole number of milliseconds from 0 to 400 days' })
  await emulator.clock.advance(Number(advanceMs))
  return json(200, { now: emulator.clock.now() })
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headers).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [name, [value].flat().join(', ')]))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
})

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

// The HTTP endpoint that wx-server-sdk posts its actions to: /admin/<secret>/<instance>. The secret is made at each
// start, so that no other user of this machine can read or write the database. The path's last part names the function
// instance that sent the action.
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { actions, type Services } from './actions'
import { type Fields, isFields } from './database/ejson'
import { CloudFailure, FunctionFailure, functionNotFound } from './failures'
import { listenLocally, listenOnFile, readBody } from './localServer'
import { type OpenapiCall, readCall, readForm } from './openapi'

/** An action that was done, or refused with the code `failure`, within `ms`. */
export interface ActionDone {
  action: string
  parameters: Fields
  instance: string | undefined
  failure?: string
  ms: number
}

export interface AdminOptions {
  port: number
  /** where the endpoint's socket file may lie */
  socketPath: string
  services: Services
  /** The emulator calls this for every action. `instance` names the function instance that sent the action, if one did. */
  onAction(done: ActionDone): void
  /**
   * Answers a call of cloud.openapi in place of WeChat's server.
   * @returns the bytes of the answer
   * @throws CloudFailure if the API does not exist
   */
  onOpenapi(call: OpenapiCall, instance: string | undefined): Promise<Buffer>
}

// A document has at most 16 MB, but its JSON text is escaped a second time inside the request's JSON.
const bodyLimit = 40 * 1024 * 1024
const path = /^\/admin\/([\w-]{1,64})(?:\/([\w-]+))?(?:\?|$)/

/** A running endpoint. */
export interface Admin {
  url: string
  /** the endpoint's socket file, if there is one */
  socketPath?: string
  close(): Promise<void>
}

/** Starts the endpoint. @throws CannotStart when the port is taken */
export async function openAdmin(options: AdminOptions): Promise<Admin> {
  const secret = randomBytes(24).toString('base64url')
  const serve: RequestListener = (request, response) => {
    if (isLocal(request) && options.services.files.handle(request, response)) return
    const matched = path.exec(request.url ?? '')
    if (request.method !== 'POST' || !matched) return refuse(response, 404)
    if (!isFromSdk(request) || !isSame(matched[1] ?? '', secret)) return refuse(response, 403)
    readBody(request, bodyLimit).then(
      async (body) => {
        if (body.length > bodyLimit) return refuse(response, 413)
        send(response, await answer(options, body, matched[2]))
      },
      () => response.destroy(),
    )
  }
  const { origin, close } = await listenLocally(createServer(serve), options.port, (code) =>
    code === 'EADDRINUSE'
      ? `Port ${options.port} of the local database is in use. Stop what uses it, or take a free one (0).`
      : `The local database cannot listen on port ${options.port} (${code}).`,
  )
  const onFile = await listenOnFile(createServer(serve), options.socketPath)
  return {
    url: `${origin}/admin/${secret}`,
    ...(onFile && { socketPath: options.socketPath }),
    close: async () => {
      await Promise.all([close(), onFile?.close()])
    },
  }
}

const isSame = (given: string, secret: string): boolean =>
  given.length === secret.length && timingSafeEqual(Buffer.from(given), Buffer.from(secret))

// Refuses requests from web pages. A web page can post to 127.0.0.1, but it can neither set this header nor use this
// host name.
const isFromSdk = (request: IncomingMessage): boolean => request.headers.authorization !== undefined && isLocal(request)

const isLocal = (request: IncomingMessage): boolean => /^127\.0\.0\.1:\d+$/.test(request.headers.host ?? '')

async function answer(options: AdminOptions, body: Buffer, instance: string | undefined): Promise<string | Buffer> {
  const startedAt = performance.now()
  let action = ''
  let parameters: Fields = {}
  const requestId = randomUUID()
  try {
    const form = readForm(body)
    if (form) return await openapi(options, form, instance)
    const json: unknown = JSON.parse(body.toString())
    if (isFields(json)) parameters = json
    action = String(parameters.action)
    const act = actions.get(action)
    if (!act) throw new CloudFailure('INVALID_ACTION', `the emulator has no action ${action}`)
    const reply = act(options.services, parameters)
    const text = JSON.stringify({ ...(reply instanceof Promise ? await reply : reply), requestId })
    await options.services.database.kept()
    options.onAction({ action, parameters, instance, ms: performance.now() - startedAt })
    return text
  } catch (error) {
    const { code, message } = explain(error)
    options.onAction({ action, parameters, instance, failure: code, ms: performance.now() - startedAt })
    return JSON.stringify({ code, message, requestId })
  }
}

// The SDK sends calls of cloud.openapi and cloud.cloudPay as forms, for WeChat's servers.
async function openapi(
  { onOpenapi, onAction }: AdminOptions,
  form: ReadonlyMap<string, Buffer>,
  instance: string | undefined,
): Promise<Buffer> {
  const startedAt = performance.now()
  const call = readCall(form)
  const reply = await onOpenapi(call, instance)
  onAction({ action: `openapi.${call.api}`, parameters: {}, instance, ms: performance.now() - startedAt })
  return reply
}

function explain(error: unknown): { code: string; message: string } {
  if (error instanceof CloudFailure) return error
  if (error instanceof FunctionFailure)
    return {
      code: error.errCode === functionNotFound ? 'FUNCTION_NOT_FOUND' : 'FUNCTIONS_EXECUTE_FAIL',
      message: error.message,
    }
  if (error instanceof SyntaxError) return { code: 'INVALID_PARAM', message: 'the request is not JSON' }
  return { code: 'DATABASE_REQUEST_FAILED', message: error instanceof Error ? error.message : 'failed' }
}

function send(response: ServerResponse, reply: string | Buffer): void {
  response.writeHead(200, {
    'content-type': typeof reply === 'string' ? 'application/json; charset=utf-8' : 'application/octet-stream',
    'content-length': Buffer.byteLength(reply),
  })
  response.end(reply)
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0, connection: 'close' })
  response.end()
}

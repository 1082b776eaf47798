// Calls to the server that served the page: cloud functions and other paths of that server.
import { session } from './session'

const callTimeout = 60_000

export class BackendError extends Error {}

async function send(path: string, init: RequestInit, timeout: number): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(timeout) })
  } catch (error) {
    throw new BackendError(error instanceof DOMException && error.name === 'TimeoutError' ? 'timeout' : String(error))
  }
  const body = await response.text()
  if (!response.ok) throw new BackendError(`${response.status} ${body.slice(0, 300)}`)
  try {
    return JSON.parse(body)
  } catch {
    throw new BackendError(`${path} did not answer JSON`)
  }
}

export const get = (path: string, timeout = 10_000): Promise<unknown> => send(path, {}, timeout)

export function post(path: string, body: unknown, timeout = callTimeout, headers: Record<string, string> = {}) {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
  return send(path, init, timeout)
}

/**
 * wx.cloud.callFunction for cloudbase-emulator and the local cloud: sends POST /call/<function>, with the caller's
 * openid in the header `x-openid`.
 */
export const callFunction = (name: string, data: unknown, timeout?: number): Promise<unknown> =>
  post(`/call/${encodeURIComponent(name)}`, data, timeout, { 'x-openid': session.identity.openid })

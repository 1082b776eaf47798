// Connects a command to the local cloud that `npm start` runs on this machine, and calls its functions as a phone does.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Reply } from '../../cloudfunctions/shared/api/reply'

/** An error that the developer can fix. The message is a whole sentence. */
export class ToolError extends Error {}

export interface RunningCloud {
  url: string
  /** calls a function. @throws ToolError if the function refuses */
  call<T>(name: string, event: { action: string; input: unknown }, openid: string): Promise<T>
  /** posts JSON to the local cloud. @throws ToolError if the answer is not a success */
  post<T>(path: string, body: unknown, openid?: string): Promise<T>
  /** reads JSON from the local cloud; undefined if the path does not exist */
  get<T>(path: string): Promise<T | undefined>
}

/** The owner of the shop that `npm start` seeds. */
export const seededOwner = 'oMiniCashier_merchant_0000'

/**
 * The address of the local cloud with this data folder; undefined if none runs. After kill -9 the stored address is
 * stale, so check that the process is alive.
 */
export function runningAt(dataDir: string): { url: string; adminUrl: string } | undefined {
  try {
    const text = readFileSync(join(resolve(dataDir), 'running.json'), 'utf8')
    const { pid, url, adminUrl } = JSON.parse(text) as { pid: number; url: string; adminUrl: string }
    process.kill(pid, 0)
    return { url, adminUrl }
  } catch {
    return undefined
  }
}

/** Connects to the local cloud with this data folder. @throws ToolError if none runs */
export function runningCloud(dataDir: string): RunningCloud {
  const running = runningAt(dataDir)
  if (!running)
    throw new ToolError(
      `No local cloud runs with ${dataDir}: start it with npm start, or name its folder with --data DIR.`,
    )
  const { url } = running

  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    try {
      return await fetch(url + path, init)
    } catch {
      throw new ToolError(`The local cloud at ${url} does not answer. Does npm start still run?`)
    }
  }
  const posted = (path: string, body: unknown, openid?: string): Promise<Response> =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(openid !== undefined && { 'x-openid': openid }) },
      body: JSON.stringify(body),
    })

  return {
    url,
    async call<T>(name: string, event: { action: string; input: unknown }, openid: string) {
      const reply = (await (await posted(`/call/${name}`, event, openid)).json()) as Reply<T> | { errMsg: string }
      if ('errMsg' in reply) throw new ToolError(`${name} ${event.action}: ${reply.errMsg}`)
      if (!reply.ok) throw new ToolError(`${name} ${event.action}: ${reply.error.code}, ${reply.error.message}`)
      return reply.data
    },
    async post<T>(path: string, body: unknown, openid?: string) {
      const answer = await posted(path, body, openid)
      const value = (await answer.json()) as T & { errMsg?: string }
      if (!answer.ok) throw new ToolError(`${path}: ${value.errMsg ?? answer.status}`)
      return value
    },
    async get<T>(path: string) {
      const answer = await ask(path)
      return answer.ok ? ((await answer.json()) as T) : undefined
    },
  }
}

/** Ends a command after an error. Prints only the sentence if the developer can fix the error. */
export function endWith(error: unknown): void {
  console.error(error instanceof ToolError ? error.message : error)
  process.exitCode = 1
}

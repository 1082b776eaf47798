// wx.request: a call over HTTP.
import { api, type Options, string, WxFailure } from './api'

export function request(options: Options): { abort(): void } {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort('timeout'), Number(options.timeout ?? 60_000))
  const method = string(options.method, 'GET').toUpperCase()
  const header = { 'content-type': 'application/json', ...(options.header as Record<string, string> | undefined) }
  const url = new URL(string(options.url), location.href)
  const { data } = options
  const isForm = /x-www-form-urlencoded/.test(
    Object.entries(header).find(([name]) => /^content-type$/i.test(name))?.[1] ?? '',
  )
  let body: string | ArrayBuffer | undefined
  if (data !== undefined && data !== null) {
    const pairs = () => Object.entries(data as object).map(([name, value]) => [name, String(value)])
    if (typeof data === 'string' || data instanceof ArrayBuffer) body = data
    else if (method === 'GET' || method === 'HEAD')
      for (const [name, value] of pairs()) url.searchParams.set(name ?? '', value ?? '')
    else body = isForm ? new URLSearchParams(pairs()).toString() : JSON.stringify(data)
  }
  const run = api('request', async () => {
    try {
      const init = { method, headers: header, signal: controller.signal, ...(body !== undefined && { body }) }
      const response = await fetch(url, init)
      const isBinary = options.responseType === 'arraybuffer'
      const received: unknown = isBinary ? await response.arrayBuffer() : await response.text()
      let parsed = received
      if (typeof received === 'string' && (options.dataType ?? 'json') === 'json') {
        try {
          parsed = JSON.parse(received)
        } catch {
          parsed = received
        }
      }
      return { data: parsed, statusCode: response.status, header: Object.fromEntries(response.headers), cookies: [] }
    } catch (error) {
      const reason = controller.signal.aborted ? controller.signal.reason : undefined
      throw new WxFailure(typeof reason === 'string' ? reason : error instanceof Error ? error.message : String(error))
    } finally {
      clearTimeout(timer)
    }
  })
  // wx.request returns a task object, never a promise. Passing a callback prevents the promise.
  run({ complete: () => undefined, ...options })
  return { abort: () => controller.abort('abort') }
}

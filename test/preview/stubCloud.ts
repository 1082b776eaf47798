// A server for the preview's tests. It serves the preview and answers the few calls of /call and /local that the tests
// use.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPreview } from '../../tools/preview/preview'

export interface StubCloud {
  url: string
  payments: { payInfo: string; scenario?: string }[]
  /** the fake server's answer to a confirmed payment */
  outcome: string
  trace(event: object): void
  close(): Promise<void>
}

export async function startStubCloud(miniprogramRoot: string, outDir: string, watch = false): Promise<StubCloud> {
  const preview = await createPreview({ miniprogramRoot, outDir, watch })
  const listeners = new Set<ServerResponse>()
  const traced: object[] = []
  let offsetMs = 0
  let next = 'pay'
  let keep = false
  const stub: StubCloud = {
    url: '',
    payments: [],
    outcome: 'requestPayment:ok',
    trace(event) {
      traced.push(event)
      for (const listener of listeners) listener.write(`data: ${JSON.stringify(event)}\n\n`)
    },
    close: () =>
      new Promise((resolve) => {
        preview.close()
        for (const listener of listeners) listener.end()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const scenarios = [
    { id: 'pay', label: '付款成功', labelEn: 'Pays' },
    { id: 'noNotice', label: '付款，但没有通知', labelEn: 'Pays, no notice' },
  ]
  const server = createServer(async (request, response) => {
    const send = (value: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    const path = (request.url ?? '').split('?')[0] ?? ''
    const body = request.method === 'POST' ? JSON.parse(await textOf(request)) : undefined
    if (path.startsWith('/call/')) return send({ openid: request.headers['x-openid'], body })
    if (path === '/local/pay') {
      if (body.inspect) return send({ amountFen: 1250, currency: 'CNY', title: 'Fixture shop', provider: 'midas' })
      stub.payments.push(body)
      return send({ errMsg: body.scenario === 'cancel' ? 'requestPayment:fail cancel' : stub.outcome })
    }
    if (path === '/local/clock') {
      if (body) offsetMs += body.advanceMs
      return send({ now: Date.now() + offsetMs, offsetMs })
    }
    if (path === '/local/sandbox') {
      if (body?.scenario) next = body.scenario
      if (body?.keep !== undefined) keep = body.keep
      return send({ keep, providers: [{ provider: 'midas', name: '腾讯米大师 Midas', scenarios, next }] })
    }
    if (path.startsWith('/local/orders/')) return send({ _id: path.split('/').pop(), version: 2, state: 'paid' })
    if (path === '/local/trace') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const event of traced) response.write(`data: ${JSON.stringify(event)}\n\n`)
      listeners.add(response)
      response.on('close', () => listeners.delete(response))
      return
    }
    if (!(await preview.handle(request, response))) send({ errMsg: 'not found' }, 404)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return stub
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8') || '{}'
}

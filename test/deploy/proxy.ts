// An HTTP proxy that connects the unmodified SDK to the fake of Tencent Cloud's API. It accepts CONNECT to Tencent
// Cloud's hosts and answers there itself, with its own certificate.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { generate } from 'selfsigned'
import { cosSignatureError, signatureError } from './signatures'
import { ApiError, cosError, type Tencent } from './tencent'

const hosts = [
  '*.tencentcloudapi.com',
  '*.cos.ap-shanghai.myqcloud.com',
  '*.cos.ap-shanghai.tencentcos.cn',
  '*.service.tcloudbase.com',
]
const dayMs = 86_400_000

export interface Proxy {
  url: string
  /** the proxy's certificate as PEM, for NODE_EXTRA_CA_CERTS */
  certificate: string
  /** hosts outside of Tencent Cloud that a client wanted to reach */
  strangers: string[]
  close(): Promise<void>
}

/**
 * Starts the proxy.
 * @param keys the secrets by their ids
 * @param now returns the machine's real time, because the test suite's clock is shifted
 */
export async function startProxy(
  tencent: () => Tencent,
  keys: ReadonlyMap<string, string>,
  now: () => number,
): Promise<Proxy> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Tencent Cloud double' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now() - dayMs),
    notAfterDate: new Date(now() + dayMs),
    extensions: [{ name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) }],
  })
  const strangers: string[] = []
  const inner = createHttpsServer({ key, cert }, (request, response) => {
    answer(request, response, tencent(), keys, now).catch(() => request.socket.destroy())
  })
  const outer = createHttpServer((_, response) => response.writeHead(405).end())
  outer.on('connect', (request, socket) => {
    socket.on('error', () => socket.destroy())
    const [host = ''] = (request.url ?? '').split(':')
    if (!hosts.some((known) => host.endsWith(known.slice(1)))) {
      strangers.push(host)
      return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    inner.emit('connection', socket)
  })
  await new Promise<void>((listening) => outer.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(outer.address() as AddressInfo).port}`,
    certificate: cert,
    strangers,
    close: () =>
      new Promise((closed) => {
        inner.closeAllConnections()
        outer.close(() => closed())
        outer.closeAllConnections()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  tencent: Tencent,
  keys: ReadonlyMap<string, string>,
  now: () => number,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const { method = '', url = '/', headers } = request
  const host = String(headers.host)
  if (host.startsWith('code-')) return sendCode(response, tencent, url)
  if (host.endsWith('.service.tcloudbase.com')) {
    const { status, body } = tencent.state.httpAccess
    return void response.writeHead(status, { connection: 'close' }).end(body)
  }
  if (host.includes('.cos.')) {
    const { pathname } = new URL(url, `https://${host}`)
    const refused = cosSignatureError({ method, url, headers, body }, keys, Math.floor(now() / 1000))
    const reply = refused
      ? cosError(403, refused)
      : tencent.object(method, host.split('.')[0] ?? '', decodeURIComponent(pathname.slice(1)), body)
    return void response.writeHead(reply.status, { ...reply.headers, connection: 'close' }).end(reply.body)
  }
  const [service = ''] = host.split('.')
  let reply: Record<string, unknown>
  try {
    const code = signatureError({ method, url, headers, body }, keys, Math.floor(now() / 1000))
    if (code) throw new ApiError(code, 'The signature was not accepted.')
    const { answer: found, isLost } = tencent.answer(
      service,
      String(headers['x-tc-action']),
      String(headers['x-tc-version']),
      JSON.parse(body.toString()) as Record<string, unknown>,
    )
    if (isLost) return void request.socket.destroy()
    reply = found
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    reply = { Error: { Code: error.code, Message: error.message } }
  }
  response.writeHead(200, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ Response: { ...reply, RequestId: 'a5b6c7d8' } }))
}

function sendCode(response: ServerResponse, { state }: Tencent, url: string): void {
  const [, name = '', file = ''] = decodeURIComponent(url).split('/')
  const found = state.functions.get(name)
  const version = file.replace(/\.zip$/, '')
  const zip = version === '$LATEST' ? found?.zip : found?.versions.find((one) => one.version === version)?.zip
  if (state.codeFault === 'endless') {
    const piece = Buffer.alloc(1024 * 1024)
    const endless = async function* () {
      for (;;) yield piece
    }
    // The stream ends when the client closes the connection.
    return void pipeline(endless, response, () => undefined)
  }
  if (state.codeFault === 'cut' && zip) {
    response.writeHead(200, { connection: 'close', 'content-length': zip.length })
    return void response.write(zip.subarray(0, zip.length / 2), () => response.destroy())
  }
  response.writeHead(zip ? 200 : 404, { connection: 'close' }).end(zip)
}

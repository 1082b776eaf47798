/** Tests our HTTP calls to a provider. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createRawServer, type Socket, type Server as SocketServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { generate } from 'selfsigned'
import { HttpFailure } from '../../cloudfunctions/shared/providers/provider'
import { createHttp } from '../../cloudfunctions/shared/runtime/http'
import { openReceiver, type Receiver } from '../support/fakes/receiver'

let server: Server
let url = ''
let connections: Socket[] = []

beforeAll(async () => {
  // This server closes a connection without an answer when the connection is used for a second request. A real provider
  // does the same if the connection timed out on the provider's side while the platform had paused our function.
  const answered = new WeakSet<Socket>()
  server = createServer((request, response) => {
    if (answered.has(request.socket)) return request.socket.destroy()
    answered.add(request.socket)
    response.end('{"ret":0}')
  })
  server.on('connection', (socket) => connections.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

beforeEach(() => {
  connections = []
})

it('a call never uses the connection of an earlier call', async () => {
  const http = createHttp(5_000)
  for (let call = 0; call < 3; call++)
    expect(await http({ method: 'POST', url, body: '{}' })).toMatchObject({ status: 200 })
  expect(connections).toHaveLength(3)
})

it('a caller’s own headers are sent too', async () => {
  const seen = once(server, 'request')
  await createHttp(5_000)({ method: 'GET', url, headers: { 'x-own': '1' } })
  const [request] = await seen
  expect(request.headers).toMatchObject({ 'x-own': '1', connection: 'close' })
})

describe('what a provider hears and answers', () => {
  let provider: Receiver
  beforeAll(async () => {
    provider = await openReceiver()
  })
  afterAll(() => provider.close())

  it('a provider’s header replaces the usual one', async () => {
    const headersOf = async (headers: Record<string, string>) => {
      await createHttp(5_000)({ method: 'GET', url: provider.url, headers })
      return provider.heard.at(-1)?.headers
    }
    expect(await headersOf({})).toMatchObject({ accept: '*/*', 'user-agent': 'mini-cashier' })
    expect(await headersOf({ 'user-agent': 'own' })).toMatchObject({ accept: '*/*', 'user-agent': 'own' })
  })

  const answered = (encoding: string, body: Buffer) => {
    provider.answer = (response) => void response.writeHead(200, { 'content-encoding': encoding }).end(body)
    return createHttp(5_000)({ method: 'GET', url: provider.url })
  }

  it('an answer is refused if it is compressed, although we asked for none', async () => {
    await expect(answered('gzip', gzipSync('{"ret":0}'))).rejects.toMatchObject({ sent: true })
    expect(provider.heard.at(-1)?.headers).toMatchObject({ 'accept-encoding': 'identity' })
  })

  it.each(['identity', 'UTF-8', ''])('an answer is read as it is if its encoding is “%s”', async (encoding) => {
    const { body } = await answered(encoding, Buffer.from('{"ret":0}'))
    expect(Buffer.from(body).toString()).toBe('{"ret":0}')
  })
})

describe('a call without an answer', () => {
  const limitMs = 400
  let closing: (() => void)[] = []

  afterEach(() => {
    for (const close of closing) close()
    closing = []
  })

  /** Starts a server on this machine. @returns its address */
  async function started(listening: SocketServer, scheme = 'http'): Promise<string> {
    const sockets: Socket[] = []
    listening.on('connection', (socket: Socket) => {
      socket.on('error', () => undefined)
      sockets.push(socket)
    })
    listening.listen(0, '127.0.0.1')
    await once(listening, 'listening')
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      listening.close()
    })
    return `${scheme}://127.0.0.1:${(listening.address() as AddressInfo).port}/`
  }

  /** Starts a server that does `answer` when it has read something. */
  const answering = (answer: (socket: Socket) => void): Promise<string> =>
    started(createRawServer((socket) => socket.once('data', () => answer(socket))))

  /** Whether the request counts as sent. */
  async function isSent(address: string): Promise<boolean> {
    const failure = await createHttp(limitMs)({ method: 'POST', url: address, body: '{}' }).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(failure instanceof HttpFailure)) throw new Error('the call got an answer')
    return failure.sent
  }

  it('counts as not sent if nobody listens', async () => {
    const listening = createRawServer()
    const address = await started(listening)
    listening.close()
    await once(listening, 'close')
    expect(await isSent(address)).toBe(false)
  })

  it('counts as not sent if the host has no address', async () => {
    expect(await isSent('https://no-such-host.invalid/')).toBe(false)
  })

  it('counts as not sent if the address is no address', async () => {
    for (const address of ['', 'midas', 'ftp://127.0.0.1/']) expect(await isSent(address)).toBe(false)
  })

  it('counts as not sent if a header cannot be written', async () => {
    const call = createHttp(limitMs)({ method: 'GET', url, headers: { 'x-own': 'a\r\nb' } })
    await expect(call).rejects.toMatchObject({ sent: false })
  })

  it('counts as not sent if the certificate is not trusted, and the server reads no byte of the request', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }])
    let requests = 0
    const secure = createSecureServer({ key, cert }, () => {
      requests += 1
    })
    expect(await isSent(await started(secure, 'https'))).toBe(false)
    expect(requests).toBe(0)
  })

  it('counts as not sent if the server never shows its certificate', async () => {
    expect(await isSent(await started(createRawServer(), 'https'))).toBe(false)
  })

  it.each([
    ['stays silent', () => undefined],
    ['closes the connection', (socket: Socket) => socket.destroy()],
    ['stops in the middle of the headers', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nconte')],
    [
      'stops in the middle of the body',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'),
    ],
    [
      'closes in the middle of the body',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'),
    ],
    [
      'closes in the middle of a piece',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{'),
    ],
    ['answers with something else', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'asks for another protocol',
      (socket: Socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    ],
    ['sends headers without end', (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`)],
  ])('counts as sent if the server %s', async (_what, answer) => {
    expect(await isSent(await answering(answer))).toBe(true)
  })

  it('counts as sent if the answer is too long, and is not read to its end', async () => {
    const written = { bytes: 0 }
    const endless = createServer((_request, response) => {
      const more = () => {
        while (response.writable && response.write('x'.repeat(65_536))) written.bytes += 65_536
      }
      response.on('drain', more)
      more()
    })
    expect(await isSent(await started(endless))).toBe(true)
    expect(written.bytes).toBeLessThan(16 * 1024 * 1024)
  })
})

// Tests our calls to addresses that staff have entered. No call may reach a private network, and each host name is
// resolved only once.
import { createServer, type Server } from 'node:https'
import { type AddressInfo, createServer as createConnectionServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { generate } from 'selfsigned'
import { createOutgoing } from '../../cloudfunctions/shared/runtime/outgoing'
import type { OutgoingCall } from '../../cloudfunctions/shared/usecases/platform/context'
import { openReceiver } from '../support/fakes/receiver'

const dayMs = 86_400_000

const get = (url: string, timeoutMs = 2_000): OutgoingCall => ({ method: 'GET', url, headers: {}, timeoutMs })

/** Makes the HTTP client that our server uses in a real environment. Every host name has these addresses. */
function realDoor(...addresses: string[]) {
  const asked: string[] = []
  const door = createOutgoing({
    isLocal: false,
    resolve: async (host) => {
      asked.push(host)
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    },
  })
  return { ...door, asked }
}

it.each([
  ['http', 'http://shop.example.com/hook', 'https'],
  ['another scheme', 'file:///etc/passwd', 'wrong'],
  ['no address', 'shop.example.com', 'wrong'],
  ['a blank', 'https://shop.example.com/ hook', 'wrong'],
  ['a name and password', 'https://user:word@shop.example.org/', 'userinfo'],
  ['an empty name', 'https://@shop.example.org/', 'userinfo'],
  ['a name behind a backslash', 'https://hooks.shop.cn\\@127.0.0.1/', 'userinfo'],
  ['another port', 'https://hooks.shop.cn:22/', 'port'],
  ['port 80', 'https://hooks.shop.cn:80/', 'port'],
  ['port 0', 'https://hooks.shop.cn:0/', 'port'],
  ['no port', 'https://hooks.shop.cn:65536/', 'wrong'],
  ['loopback', 'https://127.0.0.1/', 'publicHost'],
  ['loopback by name', 'https://localhost/', 'publicHost'],
  ['loopback by name, with a dot behind it', 'https://localhost./', 'publicHost'],
  ['loopback with a dot behind it', 'https://127.0.0.1./', 'publicHost'],
  ['loopback in percent codes', 'https://%31%32%37.0.0.1/', 'publicHost'],
  ['loopback with wide dots', 'https://127。0。0。1/', 'wrong'],
  ['loopback in short', 'https://127.1/', 'publicHost'],
  ['loopback as a decimal number', 'https://2130706433/', 'publicHost'],
  ['loopback in octal', 'https://0177.0.0.1/', 'publicHost'],
  ['loopback in hex', 'https://0x7f000001/', 'publicHost'],
  ['a public address as a decimal number', 'https://134744072/', 'publicHost'],
  ['a public address in octal', 'https://010.8.8.8/', 'publicHost'],
  ['a private net in octal', 'https://0300.0250.1.1/', 'publicHost'],
  ['zero', 'https://0/', 'publicHost'],
  ['a wide digit', 'https://１27.0.0.1/', 'wrong'],
  ['this host', 'https://0.0.0.0/', 'publicHost'],
  ['a private net', 'https://10.1.2.3/', 'publicHost'],
  ['another private net', 'https://172.16.0.1/', 'publicHost'],
  ['a third private net', 'https://192.168.1.1/', 'publicHost'],
  ['the metadata service', 'https://169.254.169.254/latest/', 'publicHost'],
  ['the metadata service of Tencent Cloud', 'https://169.254.0.23/', 'publicHost'],
  ['a shared net', 'https://100.100.100.200/', 'publicHost'],
  ['multicast', 'https://224.0.0.1/', 'publicHost'],
  ['a net for tests of speed', 'https://198.18.0.1/', 'publicHost'],
  ['broadcast', 'https://255.255.255.255/', 'publicHost'],
  ['loopback in IPv6', 'https://[::1]/', 'publicHost'],
  ['IPv4 mapped into IPv6', 'https://[::ffff:127.0.0.1]/', 'publicHost'],
  ['IPv4 mapped into IPv6 in hex', 'https://[::ffff:a9fe:a9fe]/', 'publicHost'],
  ['IPv4 compatible IPv6', 'https://[::127.0.0.1]/', 'publicHost'],
  ['IPv4 behind NAT64', 'https://[64:ff9b::7f00:1]/', 'publicHost'],
  ['IPv4 behind a local NAT64', 'https://[64:ff9b:1::a9fe:a9fe]/', 'publicHost'],
  ['IPv4 translated into IPv6', 'https://[::ffff:0:127.0.0.1]/', 'publicHost'],
  ['a public IPv4 mapped into IPv6', 'https://[::ffff:8.8.8.8]/', 'publicHost'],
  ['IPv4 in 6to4', 'https://[2002:7f00:1::]/', 'publicHost'],
  ['IPv4 in Teredo', 'https://[2001:0:7f00:1::]/', 'publicHost'],
  ['any address in IPv6', 'https://[::]/', 'publicHost'],
  ['loopback in long IPv6', 'https://[0:0:0:0:0:0:0:1]/', 'publicHost'],
  ['multicast in IPv6', 'https://[ff02::1]/', 'publicHost'],
  ['link-local IPv6 with a zone', 'https://[fe80::1%25eth0]/', 'wrong'],
  ['IPv6 for documents', 'https://[3fff::1]/', 'publicHost'],
  ['link-local IPv6', 'https://[fe80::1]/', 'publicHost'],
  ['unique local IPv6', 'https://[fd00::1]/', 'publicHost'],
  ['the metadata service by name', 'https://metadata.tencentyun.com/', 'publicHost'],
  ['a name of a private zone', 'https://payments.internal/', 'publicHost'],
  ['a name without a dot', 'https://payments/', 'publicHost'],
])('%s is refused before anything is resolved or called', async (_, url, rule) => {
  const door = realDoor('93.184.216.34')
  expect(door.refusalOf(url)).toBe(rule)
  expect(await door.call(get(url))).toEqual({ status: null, text: '', failure: 'address' })
  expect(door.asked).toEqual([])
})

it.each([
  'https://hooks.shop.cn/pay?a=1',
  'https://hooks.shop.cn:8443/',
  'https://8.8.8.8/',
  'https://[2606:4700::1]/',
])('%s may be called', (url) => expect(realDoor().refusalOf(url)).toBeUndefined())

it.each(
  [
    ['127.0.0.1'],
    ['10.0.0.8'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:10.0.0.8'],
    ['fd00::8'],
    ['fe80::1'],
    ['64:ff9b::7f00:1'],
    ['0.0.0.0'],
    ['100.64.0.1'],
    [],
    ['8.8.8.8', '127.0.0.1'],
    ['2606:4700::1', '::ffff:127.0.0.1'],
  ].map((addresses) => ({ addresses })),
)('a host name that leads to $addresses is refused after one DNS lookup', async ({ addresses }) => {
  const door = realDoor(...addresses)
  expect(await door.call(get('https://hooks.shop.cn/'))).toEqual({ status: null, text: '', failure: 'address' })
  expect(door.asked).toEqual(['hooks.shop.cn'])
})

it('a name that cannot be resolved, or not in time, is unreachable', async () => {
  const failing = createOutgoing({ isLocal: false, resolve: () => Promise.reject(new Error('ENOTFOUND')) })
  expect(await failing.call(get('https://hooks.shop.cn/'))).toMatchObject({ status: null, failure: 'unreachable' })
  const silent = createOutgoing({ isLocal: false, resolve: () => new Promise(() => undefined) })
  expect(await silent.call(get('https://hooks.shop.cn/', 50))).toMatchObject({ status: null, failure: 'timeout' })
})

describe('over TLS', () => {
  let server: Server
  let ca = ''
  let key = ''
  const seen: { host: string | undefined; servername: unknown; address: string | undefined }[] = []

  beforeAll(async () => {
    const made = await generate([{ name: 'commonName', value: 'hooks.shop.cn' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() - dayMs),
      notAfterDate: new Date(Date.now() + dayMs),
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'hooks.shop.cn' }] }],
    })
    ca = made.cert
    key = made.private
    server = createServer({ key, cert: ca }, (request, response) => {
      const { servername } = request.socket as unknown as { servername?: unknown }
      seen.push({ host: request.headers.host, servername, address: request.socket.localAddress })
      response.writeHead(200).end('success')
    })
    await new Promise<void>((done) => server.listen(0, '0.0.0.0', done))
  })
  afterAll(() => new Promise((done) => server.close(done)))

  /** Makes an HTTP client for which 127.0.0.2 counts as a public address and 127.0.0.1 as private. */
  const doorTo = (addresses: string[], trusted = ca) => {
    const port = String((server.address() as AddressInfo).port)
    let looks = 0
    const door = createOutgoing({
      isLocal: false,
      ca: trusted,
      ports: new Set([port]),
      isPublic: (host) => host !== '127.0.0.1',
      resolve: async () => [{ address: addresses[Math.min(looks++, addresses.length - 1)] ?? '', family: 4 }],
    })
    return { door, url: `https://hooks.shop.cn:${port}/`, looks: () => looks }
  }

  it('a host name that changes its address after the check is called at the checked address', async () => {
    const { door, url, looks } = doorTo(['127.0.0.2', '127.0.0.1'])
    expect(await door.call(get(url))).toEqual({ status: 200, text: 'success', failure: null })
    expect(looks()).toBe(1)
    expect(seen.at(-1)).toMatchObject({ host: expect.stringMatching(/^hooks\.shop\.cn:/), servername: 'hooks.shop.cn' })
    expect(seen.at(-1)?.address).toBe('127.0.0.2')
  })

  it('a host whose first address is dead is called at its second', async () => {
    const alive = createServer({ key, cert: ca }, (_request, response) => response.writeHead(200).end('success'))
    await new Promise<void>((done) => alive.listen(0, '127.0.0.2', done))
    const port = String((alive.address() as AddressInfo).port)
    const door = createOutgoing({
      isLocal: false,
      ca,
      ports: new Set([port]),
      isPublic: () => true,
      resolve: async () => ['127.0.0.3', '127.0.0.2'].map((address) => ({ address, family: 4 })),
    })
    expect(await door.call(get(`https://hooks.shop.cn:${port}/`))).toMatchObject({ status: 200, text: 'success' })
    await new Promise((done) => alive.close(done))
  })

  it('a certificate for another host name, or from an issuer that we don’t trust, is refused', async () => {
    const { door, url } = doorTo(['127.0.0.2'])
    const other = url.replace('hooks.shop.cn', 'other.shop.cn')
    expect(await door.call(get(other))).toMatchObject({ status: null, failure: 'unreachable' })
    const stranger = doorTo(['127.0.0.2'], '')
    expect(await stranger.door.call(get(stranger.url))).toMatchObject({ status: null, failure: 'unreachable' })
  })
})

it('a redirect is an answer like any other, and nobody goes where it leads', async () => {
  const [receiver, inside] = [await openReceiver(), await openReceiver()]
  receiver.answer = (response) => void response.writeHead(307, { location: inside.url }).end('elsewhere')
  expect(await createOutgoing({ isLocal: true }).call(get(receiver.url))).toMatchObject({
    status: 307,
    text: 'elsewhere',
  })
  expect(inside.heard).toEqual([])
  await receiver.close()
  await inside.close()
})

it('an answer that stops in the middle is none', async () => {
  const receiver = await openReceiver()
  const door = createOutgoing({ isLocal: true })
  receiver.answer = (response) => void response.writeHead(200).write('begin')
  expect(await door.call({ ...get(receiver.url, 200) })).toMatchObject({ status: null, failure: 'timeout' })
  receiver.answer = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('begin')
    setTimeout(() => response.destroy(), 20)
  }
  expect(await door.call(get(receiver.url))).toMatchObject({ status: null, failure: 'unreachable' })
  await receiver.close()
})

it('an answer that never ends, in its headers or its body, ends with the time limit', async () => {
  for (const begin of ['HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\n\r\n']) {
    const drip = createConnectionServer((socket) => {
      socket.on('error', () => undefined).write(begin)
      const timer = setInterval(() => socket.write(begin.endsWith('\r\n\r\n') ? 'x' : 'x-more: x\r\n'), 20)
      socket.once('close', () => clearInterval(timer))
    })
    await new Promise<void>((done) => drip.listen(0, '127.0.0.1', done))
    const { port } = drip.address() as AddressInfo
    const answer = await createOutgoing({ isLocal: true }).call(get(`http://127.0.0.1:${port}/`, 300))
    expect(answer).toEqual({ status: null, text: '', failure: 'timeout' })
    await new Promise((done) => drip.close(done))
  }
})

it('a compressed answer is not unpacked, so it cannot fill the memory', async () => {
  const receiver = await openReceiver()
  const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, 'success'))
  receiver.answer = (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
  const { status, text } = await createOutgoing({ isLocal: true }).call(get(receiver.url))
  expect([status, text.length <= 16 * 1024, text.includes('success')]).toEqual([200, true, false])
  expect(receiver.heard[0]?.headers).not.toHaveProperty('accept-encoding')
  await receiver.close()
})

it('only the local cloud calls this machine', async () => {
  const receiver = await openReceiver()
  expect(await createOutgoing({ isLocal: true }).call(get(receiver.url))).toMatchObject({ status: 204 })
  expect(await createOutgoing({ isLocal: false }).call(get(receiver.url))).toMatchObject({ failure: 'address' })
  expect(createOutgoing({ isLocal: true }).refusalOf('http://hooks.shop.cn/')).toBe('https')
  expect(receiver.heard).toHaveLength(1)
  await receiver.close()
})

/** Tests our HTTP calls to a provider. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createHttp } from '../../cloudfunctions/shared/runtime/http'

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

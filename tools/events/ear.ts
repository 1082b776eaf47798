// A webhook endpoint on the developer's machine for `npm run listen`. It registers itself with the local cloud as an
// owner would, receives the real events, and verifies their signatures before it passes them on.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { Webhook } from 'standardwebhooks'
import type { AdminResults } from '../../cloudfunctions/shared/api/admin'
import { type RunningCloud, seededOwner, ToolError } from './runningCloud'

interface HeardEvent {
  id: string
  type: string
  body: string
}

interface Ear {
  /** the endpoint's secret, whsec_… as in Standard Webhooks; it stays the same for this data folder */
  secret: string
  /** switches the endpoint off, so that the cloud stores no events for it while nobody listens */
  close(): Promise<void>
}

interface Kept {
  id: string
  port: number
  secret: string
}

const bodyLimit = 1024 * 1024

/**
 * Opens a port and registers it as an endpoint. It acknowledges each event at once, because the developer's system may
 * stop in a debugger and the cloud must not send the event again for this reason.
 * @param hear gets each verified event with new signature headers, made with this machine's clock. The cloud's clock
 * may be ahead, and webhook libraries refuse a timestamp that is five minutes off
 * @throws ToolError if another process listens with this data folder, or if the shop's owner may not add endpoints
 */
export async function openEar(
  cloud: RunningCloud,
  dataDir: string,
  hear: (event: HeardEvent, headers: Record<string, string>) => Promise<void>,
): Promise<Ear> {
  const file = join(resolve(dataDir), 'listen.json')
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : undefined
  const server = createServer()
  const port = await listen(server, kept?.port ?? 0)
  const id = kept?.id ?? `listen-${randomBytes(6).toString('hex')}`
  let secret = ''
  try {
    secret = await addEndpoint(cloud, id, port, kept?.secret)
    writeFileSync(file, `${JSON.stringify({ id, port, secret } satisfies Kept)}\n`, { mode: 0o600 })
  } catch (error) {
    server.close()
    throw error
  }
  const webhook = new Webhook(secret)
  // Handle events one after the other, so that the output lines about one event stay together.
  let turn = Promise.resolve()
  server.on('request', async (request, response) => {
    const body = await textOf(request)
    const signed = verified(webhook, request, body)
    response.writeHead(signed ? 204 : 400).end()
    if (!signed) return
    const { type } = JSON.parse(body) as { type: string }
    turn = turn.then(() => hear({ id: signed, type, body }, headersFor(webhook, signed, body))).catch(console.error)
  })
  return {
    secret,
    async close() {
      // Ignore the error if the cloud has already ended. The endpoint stays registered and is used again when the cloud
      // starts.
      await change(cloud, { switchOff: id }).catch(() => undefined)
      server.close()
      server.closeAllConnections()
    },
  }
}

async function addEndpoint(cloud: RunningCloud, id: string, port: number, known = ''): Promise<string> {
  const add = { id, url: `http://127.0.0.1:${port}/`, note: 'npm run listen' }
  const added = await change(cloud, { add })
  await change(cloud, { switchOn: id })
  // Function instances cache the list of endpoints for a minute. Restart them, so that they read the new list at once.
  await cloud.post('/local/instances', {})
  return added.secret ?? known
}

const change = (cloud: RunningCloud, input: unknown): Promise<AdminResults['changeEndpoint']> =>
  cloud.call('admin', { action: 'changeEndpoint', input }, seededOwner)

/**
 * Returns the event's id if the cloud's signature is right. Ignores the event's age, because the cloud's clock may have
 * been moved.
 */
function verified(webhook: Webhook, { headers }: IncomingMessage, body: string): string | undefined {
  const id = String(headers['webhook-id'])
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000)
  if (Number.isNaN(at.getTime())) return undefined
  return String(headers['webhook-signature'])
    .split(' ')
    .includes(webhook.sign(id, at, body))
    ? id
    : undefined
}

function headersFor(webhook: Webhook, id: string, body: string): Record<string, string> {
  const now = new Date()
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'mini-cashier',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': webhook.sign(id, now, body),
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size <= bodyLimit) chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new ToolError(
              `Port ${port} is in use: npm run listen runs already with this folder, or remove listen.json in it.`,
            )
          : error,
      ),
    )
    server.listen(port, '127.0.0.1', () => done((server.address() as AddressInfo).port))
  })
}

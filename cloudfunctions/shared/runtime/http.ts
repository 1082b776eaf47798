// Makes HTTP calls with limits on time and size. If a call fails, the error says whether the request may have reached
// the other side. Uses node:http and not fetch, because the first fetch of an instance loads the whole of undici, which
// takes longer than a call (docs/cost.md).
import * as http from 'node:http'
import * as https from 'node:https'
import type { LookupFunction } from 'node:net'
import { type Http, HttpFailure, type HttpRequest, type HttpResponse } from '../providers/provider'

// The largest reply that we read, unless the caller sets a higher limit, for example for a bill. Usual replies have a
// few kilobytes.
const usualBytes = 1024 * 1024

// Some servers refuse calls without the first two. We unpack no compressed answer, so we ask for none. A provider's own
// headers replace these.
const usualHeaders = { accept: '*/*', 'user-agent': 'mini-cashier', 'accept-encoding': 'identity' }

// Some servers write the charset into this header by mistake, so refuse only what we could not read.
const compressions = /\b(gzip|deflate|br|zstd|compress)\b/i

// Keeps no connection, but remembers the TLS session of each host, which makes the next call's handshake shorter.
const newConnections = new https.Agent({ keepAlive: false })

interface Exchange extends Omit<HttpRequest, 'maxBytes'> {
  /** after more bytes than this, the rest of the answer's body is not read */
  maxBytes: number
  signal: AbortSignal
  /** makes the connections to https addresses [one for this call alone, without anything remembered] */
  agent?: https.Agent
  /** finds the IP address of the host in place of the system */
  lookup?: LookupFunction
  /** the certificate to trust in place of the usual ones */
  ca?: string
}

/**
 * Makes the function for HTTP calls to providers.
 * @param timeoutMs the time limit for the whole call with its answer, in ms
 */
export const createHttp =
  (timeoutMs: number): Http =>
  async ({ maxBytes = usualBytes, headers, ...request }) => {
    const answer = await exchange({
      ...request,
      headers: { ...usualHeaders, ...headers },
      maxBytes,
      signal: AbortSignal.timeout(timeoutMs),
      agent: newConnections,
    })
    if (answer.body.length > maxBytes) throw new HttpFailure('the provider’s answer is too long', true)
    if (compressions.test(answer.headers['content-encoding'] ?? ''))
      throw new HttpFailure('the provider’s answer is compressed', true)
    return answer
  }

/**
 * Makes one HTTP call on a connection of its own, and follows no redirect. CloudBase freezes a function between its
 * calls, and the other side may close an idle connection meanwhile. A call on that connection would fail, and we would
 * not know its result.
 * @returns the answer, whatever its status. A body of at most `maxBytes` bytes is complete. Of a longer body we return
 * only the beginning, which is longer than `maxBytes` bytes. By this length the caller sees that the body was too long
 * @throws HttpFailure if the call failed before the answer was complete. `sent: false`: we had no connection yet, or, for
 * https, had not accepted the certificate yet. The request is written only after that
 */
export async function exchange(call: Exchange): Promise<HttpResponse> {
  const { method, url, headers, body, maxBytes, signal, agent, lookup, ca } = call
  let isConnected = false
  try {
    const isSecure = new URL(url).protocol === 'https:'
    const outgoing = (isSecure ? https : http).request(url, {
      method,
      signal,
      agent: isSecure && agent ? agent : false,
      headers: {
        ...headers,
        connection: 'close',
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
      lookup,
      ca,
    })
    outgoing.once('socket', (socket) =>
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        isConnected = true
      }),
    )
    const incoming = await new Promise<http.IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve)
      outgoing.on('error', reject)
      // If the answer switches to another protocol, Node closes the connection and reports neither an answer nor an
      // error.
      outgoing.once('close', () => reject(new Error('closed without an answer')))
      outgoing.end(body)
    })
    return {
      status: incoming.statusCode ?? 0,
      headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      body: await bodyOf(incoming, maxBytes),
    }
  } catch (cause) {
    throw new HttpFailure('no answer from the provider', isConnected, { cause })
  }
}

async function bodyOf(incoming: http.IncomingMessage, maxBytes: number): Promise<HttpResponse['body']> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const bytes of incoming as AsyncIterable<Buffer>) {
    chunks.push(bytes)
    size += bytes.length
    if (size > maxBytes) break
  }
  return Buffer.concat(chunks)
}

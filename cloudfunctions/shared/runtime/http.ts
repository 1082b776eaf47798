// Makes HTTP calls to providers, with limits on time and size. If a call fails, the error says whether the request may
// have reached the provider.
import { type Http, HttpFailure, type HttpResponse } from '../providers/provider'

// The largest reply that we read, unless the caller sets a higher limit, for example for a bill. Usual replies have a
// few kilobytes.
const usualBytes = 1024 * 1024

// Matches errors that happen before there is a connection, so that the provider has received nothing. After any other
// error the provider may have received the request.
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROTO|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/

// CloudBase freezes a function between its calls, and the provider may close an idle connection meanwhile. A call on
// that connection would fail, and we would not know its result. So each call makes a connection of its own.
const ownConnection = { connection: 'close' }

/**
 * Makes the function for HTTP calls to providers.
 * @param timeoutMs the time limit for the whole call with its answer, in ms
 */
export const createHttp =
  (timeoutMs: number): Http =>
  async ({ method, url, headers, body, maxBytes = usualBytes }) => {
    try {
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        headers: { ...headers, ...ownConnection },
        ...(body !== undefined && { body }),
      })
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await bodyOf(response, maxBytes),
      }
    } catch (cause) {
      if (cause instanceof HttpFailure) throw cause
      throw new HttpFailure('no answer from the provider', !neverSent.test(codeOf(cause)), { cause })
    }
  }

async function bodyOf(response: Response, maxBytes: number): Promise<HttpResponse['body']> {
  const chunks: Uint8Array[] = []
  let size = 0
  // The tests are type-checked with a browser's types, in which a stream is not iterable. So this cast is needed.
  for await (const bytes of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += bytes.length
    if (size > maxBytes) throw new HttpFailure('the provider’s answer is too long', true)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

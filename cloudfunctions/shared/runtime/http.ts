// HTTP calls to providers, with limits on time and size. A failure says whether the request may have reached the
// provider.
import { type Http, HttpFailure, type HttpResponse } from '../providers/provider'

// A usual reply has a few kilobytes. A caller that downloads a bill sets a higher limit.
const usualBytes = 1024 * 1024

// Errors before a connection was made: the provider received nothing. After any other error it may have.
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROTO|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/

// CloudBase freezes a function between its calls. The provider may close an idle connection in that time, and the next
// call would fail on it with an unknown result. So each call makes a connection of its own.
const ownConnection = { connection: 'close' }

/** @param timeoutMs the limit for the whole exchange, body included */
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
  // Tests are checked with the types of browsers, in which a stream is not iterable.
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

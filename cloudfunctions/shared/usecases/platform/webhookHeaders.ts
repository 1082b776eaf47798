/**
 * The headers of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec): what we send to an endpoint
 * and what we answer to another system carry them.
 * @param sign signs the text `id.timestamp.body`. Returns `v1,` and base64; several with a blank between
 */
export function webhookHeaders(
  { id, at, body }: { id: string; at: number; body: string },
  sign: (text: string) => string,
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': sign(`${id}.${timestamp}.${body}`),
  }
}

/**
 * The headers of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec). Our calls to endpoints and
 * our answers to other systems have them.
 * @param sign signs the text `id.timestamp.body` and returns `v1,` and base64; several signatures are separated by
 * blanks
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

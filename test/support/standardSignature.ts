import { createHmac } from 'node:crypto'

/**
 * The signature of an event as the spec of Standard Webhooks says, written again from that page and not from our code.
 * @param secret `whsec_` and base64
 * @param text the text `id.timestamp.body`
 */
export const standardSignature = (secret: string, text: string): string => {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`
}

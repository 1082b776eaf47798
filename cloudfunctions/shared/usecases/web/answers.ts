// The answers of the function `web` to browsers. Their headers forbid other sites to frame an answer, and forbid
// browsers to store it or to guess its type.
import type { HttpAnswer } from '../../providers/provider'

const safeHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export const json = (statusCode: number, value: unknown): HttpAnswer => ({
  statusCode,
  headers: { ...safeHeaders, 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
})

export const refusal = (statusCode: number, code: string, message: string): HttpAnswer =>
  json(statusCode, { ok: false, error: { code, message } })

export const redirect = (location: string): HttpAnswer => ({
  statusCode: 302,
  headers: { ...safeHeaders, location },
  body: '',
})

/**
 * A small page with one sentence and one link. The browser shows it to a person, for example when a sign-in with WeChat
 * fails.
 */
export const page = (
  statusCode: number,
  { title, text, link, href }: { title: string; text: string; link: string; href: string },
): HttpAnswer => ({
  statusCode,
  headers: { ...safeHeaders, 'content-type': 'text/html; charset=utf-8' },
  body: `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><h1>${escaped(title)}</h1><p>${escaped(text)}</p><p><a href="${escaped(href)}">${escaped(link)}</a></p>`,
})

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

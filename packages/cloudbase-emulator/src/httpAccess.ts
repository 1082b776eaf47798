// HTTP access: turns a request into the function's event, and the function's return value into the HTTP response.
// Facts: docs.cloudbase.net/service/access-cloud-function and error-code/EXCEED_MAX_PAYLOAD_SIZE.
import { isUtf8 } from 'node:buffer'
import { type Fields, isFields } from './database/ejson'
import type { FunctionFailure } from './failures'
import { type FunctionDeclaration, prefixesOf } from './functions/declarations'
import type { HttpAccessAnswer, HttpAccessRequest } from './surface'

const textLimit = 100 * 1024
const binaryLimit = 6 * 1024 * 1024
const textTypes = /^(text\/|application\/(.+\+)?(json|xml|javascript|x-www-form-urlencoded)\b)/i

/**
 * Finds the function with the longest route that is a prefix of the path. Also returns the path as that function sees
 * it, without the route, as HTTP access does.
 * @returns undefined if no route matches
 */
export function routeOf(
  declared: Record<string, FunctionDeclaration>,
  path: string,
): { name: string; path: string } | undefined {
  let best: { name: string; route: string } | undefined
  for (const [name, declaration] of Object.entries(declared))
    for (const route of prefixesOf(declaration)) {
      if (path !== route && !path.startsWith(`${route}/`)) continue
      if (best === undefined || route.length > best.route.length) best = { name, route }
    }
  return best && { name: best.name, path: path.slice(best.route.length) || '/' }
}

const isText = ({ headers }: Pick<HttpAccessRequest, 'headers'>): boolean => {
  const type = headers['content-type']
  return type === undefined || textTypes.test(type)
}

/** The largest request body that the gateway accepts, in bytes. */
export const bodyLimitOf = (headers: HttpAccessRequest['headers']): number =>
  isText({ headers }) ? textLimit : binaryLimit

export const isTooLarge = ({ headers, body }: HttpAccessRequest): boolean => body.length > bodyLimitOf(headers)

export function eventOf(request: HttpAccessRequest, requestId: string): Fields {
  // Pass a body that is not UTF-8 as base64, even if its content type is text, because a string would damage it.
  const asText = isText(request) && isUtf8(request.body)
  return {
    path: request.path,
    httpMethod: request.method,
    headers: request.headers,
    multiValueHeaders: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: request.query,
    requestContext: { requestId, envId: 'local' },
    body: request.body.toString(asText ? 'utf8' : 'base64'),
    isBase64Encoded: !asText,
  }
}

/**
 * Builds the HTTP response from what the function returned.
 * @param result the function's return value
 */
export function answerOf(result: unknown): HttpAccessAnswer {
  if (isFields(result) && typeof result.statusCode === 'number') return integrated(result, result.statusCode)
  if (typeof result === 'string')
    return { statusCode: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: result }
  if (result === undefined || result === null) return { statusCode: 200, headers: {}, body: '' }
  return json(200, result)
}

function integrated(result: Fields, statusCode: number): HttpAccessAnswer {
  const headers: Record<string, string> = {}
  if (isFields(result.headers))
    for (const [name, value] of Object.entries(result.headers)) headers[name.toLowerCase()] = [value].flat().join(', ')
  const { body } = result
  if (typeof body === 'string')
    return { statusCode, headers, body: result.isBase64Encoded === true ? Buffer.from(body, 'base64') : body }
  return { statusCode, headers, body: body === undefined || body === null ? '' : JSON.stringify(body) }
}

/** The gateway's own error responses. CloudBase's documents name the codes; the HTTP statuses are our assumption. */
export const refusals = {
  path: (requestId: string) => json(404, { code: 'INVALID_PATH', message: 'no function has this path', requestId }),
  size: (requestId: string) =>
    json(413, { code: 'EXCEED_MAX_PAYLOAD_SIZE', message: 'the body is too large', requestId }),
  failure: (requestId: string, failure: FunctionFailure) =>
    failure.errCode === -504003
      ? json(504, { code: 'FUNCTION_TIME_LIMIT_EXCEEDED', message: failure.message, requestId })
      : json(500, { code: 'FUNCTION_INVOCATION_FAILED', message: failure.message, requestId }),
}

const json = (statusCode: number, value: unknown): HttpAccessAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
})

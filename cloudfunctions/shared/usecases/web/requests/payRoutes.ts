// The API for other systems over HTTP: pay/api/… of the Unified platform's document. If a call fails, we answer with
// status 200 and an `errcode` from domain/requests/payErrors.ts, because clients of the document read only the body.
// docs/integrate.md
import { type PayCall, payApi } from '../../../api/pay'
import { isAppError, LimitReached } from '../../../domain/errors'
import { type PayErrorName, payErrors, RequestRefused } from '../../../domain/requests/payErrors'
import { exactJsonOf } from '../../../providers/codecs'
import type { HttpAnswer, RawRequest } from '../../../providers/provider'
import { hashOf } from '../../../store/settings'
import { json } from '../answers'
import { clientIpOf } from '../browserInfo'
import { identifyBrowser, isJson } from '../browserRoutes'
import type { WebContext } from '../context'
import { shopperOf } from '../session'
import { cashierViewKey, readCashierView } from './cashierView'
import { assertForm, checkPayment, checkQuery, countRequest, openDomain } from './checkRequest'
import type { Checked, Fields, PayContext } from './context'
import { goForOpenid } from './openidPage'
import { payRequest } from './payRequest'
import { paidRecord, waitForPayment } from './readRequests'
import { signReply } from './signReply'
import { listPayTypes, type Scene } from './waysToPay'

interface Answered {
  reason?: PayErrorName
  obj?: unknown
  /** the QR code as a data URL */
  image?: string | undefined
}

type Handler = (ctx: PayContext, fields: Fields, call: PayCall) => Promise<Answered>

const handlers: { readonly [Call in Exclude<PayCall, 'GET openid'>]: Handler } = {
  'GET pc/pay-types': payTypesFor,
  'GET h5/pay-types': payTypesFor,
  'POST pc/pay': payIn('pc'),
  'POST h5/pay': payIn('h5'),
  async 'GET pc/wechatQuery'(ctx, fields, call) {
    const checked = await checkPayment(ctx, call, fields)
    const state = await readOnce(ctx, [call], checked, () => waitForPayment(ctx, checked))
    return state === 'ok' ? {} : { reason: state }
  },
  async 'POST cashier'(ctx, fields, call) {
    const checked = await checkPayment(ctx, call, fields)
    const asked = [call, ...cashierViewKey(ctx, checked)]
    const readView = async () => {
      countRequest(ctx, checked.domain, 'looks')
      return readCashierView(ctx, checked)
    }
    return { obj: await readOnce(ctx, asked, checked, readView) }
  },
  async 'GET private/pay/query'(ctx, fields, call) {
    const domain = await checkQuery(ctx, call, fields)
    return { obj: (await paidRecord(ctx, domain, fields.requestKey ?? '')) !== null }
  },
  async 'GET private/pay/queryInfo'(ctx, fields, call) {
    const domain = await checkQuery(ctx, call, fields)
    return { obj: await paidRecord(ctx, domain, fields.requestKey ?? '') }
  },
}

async function payTypesFor(ctx: PayContext, fields: Fields, call: PayCall): Promise<Answered> {
  const domain = await openDomain(ctx, fields.domainCode)
  assertForm(call, fields)
  const asked = fields.paySceneName || call.slice('GET '.length).split('/')[0]
  return { obj: await listPayTypes(ctx, domain, asked === 'h5' ? 'h5' : 'pc') }
}

function payIn(scene: Scene): Handler {
  return async (ctx, fields, call) => {
    const checked = await checkPayment(ctx, call, fields)
    countRequest(ctx, checked.domain)
    return payRequest(ctx, scene, checked)
  }
}

// Payers' pages ask every few seconds whether a payment is paid. All such calls about one payment share one read each
// second, and they do not use up what the connected system may send.
function readOnce<T>(
  { polls, now }: PayContext,
  asked: readonly unknown[],
  { domain, signed }: Checked,
  read: () => Promise<T>,
): Promise<T> {
  return polls.share(hashOf(JSON.stringify([asked, domain._id, Object.entries(signed).sort()])), now(), read)
}

/**
 * Whether a path belongs to the API for other systems. CloudBase's HTTP access may cut the prefix /pay off or leave it.
 */
export const isPayPath = (path: string): boolean => /^\/(pay\/)?api\//.test(path)

/** Answers a request of another system or of the cashier's own pages. Never throws. */
export async function answerPay(web: WebContext, request: RawRequest): Promise<HttpAnswer> {
  const path = request.path.replace(/^\/(pay\/)?api\//, '')
  const call = `${request.method} ${path}`
  if (!isCall(call)) return noSuchCall(path, request)
  let ctx: PayContext | undefined
  let answer: HttpAnswer
  try {
    ctx = await payContext(web, request)
    const fields = fieldsOf(request)
    if (call === 'GET openid') return await goForOpenid(ctx, request, fields)
    const { reason, obj, image } = await handlers[call](ctx, fields, call)
    answer = reply(request, reason, {}, { obj, image })
  } catch (error) {
    answer =
      error instanceof RequestRefused
        ? reply(request, error.reason, error.fields)
        : reply(request, reasonOf(web, error))
  }
  return ctx?.signedBy ? signReply(ctx, ctx.signedBy, answer) : answer
}

const isCall = (text: string): text is PayCall => Object.hasOwn(payApi, text)

function noSuchCall(path: string, request: RawRequest): HttpAnswer {
  const isKnown = Object.keys(payApi).some((call) => call.endsWith(` ${path}`))
  const answer = reply(request, isKnown ? 'method' : 'path')
  return { ...answer, statusCode: isKnown ? 405 : 404, body: request.method === 'HEAD' ? '' : answer.body }
}

/** The answer to a request that is too large. We refuse it without reading it. */
export const refuseSize = (): HttpAnswer => json(200, replyOf('tooLarge', 'zh'))

async function payContext(web: WebContext, request: RawRequest): Promise<PayContext> {
  const { browser } = await identifyBrowser(web, request)
  const { session, place, address } = browser
  return { ...web, place, person: session?.person && shopperOf(session), ...clientIpOf(address) }
}

const fieldLimit = 32

/** The fields of a request, from the query or the JSON body. @throws RequestRefused */
function fieldsOf({ method, headers, query, body }: RawRequest): Fields {
  if (method === 'GET') return query
  const value = isJson.test(headers['content-type'] ?? '') ? exactJsonOf(body) : undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RequestRefused('body')
  const entries = Object.entries(value as Record<string, unknown>)
  if (entries.length > fieldLimit) throw new RequestRefused('body')
  return Object.fromEntries(
    entries.map(([field, text]) => {
      if (text !== null && typeof text !== 'string') throw new RequestRefused('field', { field: field.slice(0, 64) })
      return [field, text ?? '']
    }),
  )
}

const reasons: Partial<Record<string, PayErrorName>> = {
  ProviderRefused: 'refused',
  ProviderUnavailable: 'unreachable',
  Conflict: 'busy',
}

function reasonOf({ log }: WebContext, error: unknown): PayErrorName {
  if (error instanceof LimitReached) return 'rate'
  const known = isAppError(error) ? reasons[error.code] : undefined
  if (known) return known
  // The message of a library's error may quote its input, so log only the error's name.
  log('payFailed', { reason: isAppError(error) ? error.message : error instanceof Error ? error.name : 'error' })
  return 'internal'
}

type Language = 'zh' | 'en'

function replyOf(
  reason: PayErrorName | undefined,
  language: Language,
  { field = '', other = '' }: RequestRefused['fields'] = {},
): { errcode: string; errormsg: string } {
  if (reason === undefined) return { errcode: '0', errormsg: language === 'en' ? 'done' : '操作成功' }
  const error = payErrors[reason]
  return { errcode: error.errcode, errormsg: error[language].replace('{field}', field).replace('{other}', other) }
}

function reply(
  { headers }: RawRequest,
  reason?: PayErrorName,
  fields?: RequestRefused['fields'],
  more: Pick<Answered, 'obj' | 'image'> = {},
): HttpAnswer {
  const language = /^\s*en\b/i.test(headers['accept-language'] ?? '') ? 'en' : 'zh'
  return json(200, { ...replyOf(reason, language, fields), ...more })
}

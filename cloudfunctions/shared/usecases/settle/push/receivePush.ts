import { isAppError } from '../../../domain/errors'
import type { HttpAnswer, PushEvent, RawRequest } from '../../../providers/provider'
import { randomHex } from '../../../providers/signing'
import type { Context } from '../../platform/context'
import { recordForged } from '../../platform/recordNotice'
import { openPush, type Push, type PushKeys, pushCode } from './openPush'
import { pushHandlerOf } from './pushEvents'

const text = { 'content-type': 'text/plain; charset=utf-8' }
// WeChat accepts `success` or an empty text as the answer to every event. WeChat's page says that this answer is never
// encrypted.
const thanks: HttpAnswer = { statusCode: 200, headers: text, body: 'success' }
const forbidden: HttpAnswer = { statusCode: 403, headers: text, body: 'forbidden' }
const failed: HttpAnswer = { statusCode: 500, headers: text, body: 'fail' }

/**
 * Receives every request of WeChat's message push. The answer is success only after the result of the event was stored.
 * Each handler can run again with the same event, so a repeated or replayed request changes nothing more.
 * @returns 403 for a request that does not come from WeChat; 500 if WeChat must send the event again
 */
export async function receivePush(ctx: Context, request: RawRequest): Promise<HttpAnswer> {
  const opened = await open(ctx, request)
  if (opened === undefined) return forbidden
  if (opened.isCheck) return { statusCode: 200, headers: text, body: opened.echo }
  try {
    const content = await handle(ctx, opened.event, request)
    return content === undefined ? thanks : opened.reply(content, { now: ctx.now(), random: randomHex(ctx.chance, 8) })
  } catch (error) {
    ctx.log('pushFailed', { event: opened.event.name, reason: error instanceof Error ? error.name : 'error' })
    return failed
  }
}

/**
 * Processes a stored push request again, for staff.
 * @returns whether our record now contains what the event reported
 */
export async function acceptPush(ctx: Context, request: RawRequest): Promise<boolean> {
  return (await receivePush(ctx, request)).statusCode === 200
}

/** Whether a stored request came from WeChat's message push. */
export const isPush = ({ path }: Pick<RawRequest, 'path'>): boolean =>
  path.split('/').filter(Boolean).at(-1) === pushCode

async function handle(ctx: Context, event: PushEvent, request: RawRequest) {
  const handler = await pushHandlerOf(ctx, event)
  // WeChat also sends events for which we have no handler. We answer success to these events, too. After any other
  // answer WeChat would send the event again.
  if (!handler) ctx.log('pushIgnored', { event: event.name })
  return handler?.(ctx, event, request)
}

async function open(ctx: Context, request: RawRequest): Promise<Push | undefined> {
  let opened = attempt(await keysOf(ctx), request)
  // Staff may just have replaced the keys. So read the settings again, at most every 10 s, and try once more.
  if (isAppError(opened, 'BadSignature') && (await ctx.refreshSettings())) opened = attempt(await keysOf(ctx), request)
  if (!(opened instanceof Error)) return opened
  const { method, query, body } = request
  const sample = { method, query, body: Buffer.from(body.subarray(0, 512)).toString('utf8') }
  const received = ctx.received ?? { request, at: ctx.now() }
  await recordForged({ ...ctx, received }, pushCode, opened.message, sample)
  return undefined
}

async function keysOf(ctx: Context): Promise<PushKeys | undefined> {
  const { messagePush, appId } = await ctx.shop()
  return messagePush && { ...messagePush, appId }
}

function attempt(keys: PushKeys | undefined, request: RawRequest): Push | Error {
  if (!keys) return new Error('message push is not set up')
  try {
    return openPush(keys, request)
  } catch (error) {
    if (isAppError(error, 'BadSignature') || isAppError(error, 'BadInput')) return error
    throw error
  }
}

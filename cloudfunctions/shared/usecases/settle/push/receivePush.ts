import { isAppError } from '../../../domain/errors'
import type { HttpAnswer, PushEvent, RawRequest } from '../../../providers/provider'
import { randomHex } from '../../../providers/signing'
import type { Context } from '../../platform/context'
import { recordForged } from '../../platform/recordNotice'
import { openPush, type Push, type PushKeys, pushCode } from './openPush'
import { pushHandlerOf } from './pushEvents'

const text = { 'content-type': 'text/plain; charset=utf-8' }
// The page on the answer: `success` or an empty text is a success for every event, and is never encrypted.
const thanks: HttpAnswer = { statusCode: 200, headers: text, body: 'success' }
const forbidden: HttpAnswer = { statusCode: 403, headers: text, body: 'forbidden' }
const failed: HttpAnswer = { statusCode: 500, headers: text, body: 'fail' }

/**
 * Receives a request of WeChat's message push: the one door for everything that WeChat tells a mini-program.
 * An event is thanked after what it led to was stored. Each handler can be run again with the same event, so a repeat or
 * a replayed request changes nothing more.
 * @returns 403 for a request that is not WeChat's; 500 if the event must be sent again
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

/** Processes a kept request again, for staff. @returns whether what it told is in our record now */
export async function acceptPush(ctx: Context, request: RawRequest): Promise<boolean> {
  return (await receivePush(ctx, request)).statusCode === 200
}

/** Whether a kept request came through this door. */
export const isPush = ({ path }: Pick<RawRequest, 'path'>): boolean =>
  path.split('/').filter(Boolean).at(-1) === pushCode

async function handle(ctx: Context, event: PushEvent, request: RawRequest) {
  const handler = await pushHandlerOf(ctx, event)
  // WeChat also sends events for which there is no handler. They are thanked, because WeChat repeats other answers.
  if (!handler) ctx.log('pushIgnored', { event: event.name })
  return handler?.(ctx, event, request)
}

async function open(ctx: Context, request: RawRequest): Promise<Push | undefined> {
  let opened = attempt(await keysOf(ctx), request)
  // The keys may just have been replaced, so read the settings again, at most every 10 s.
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

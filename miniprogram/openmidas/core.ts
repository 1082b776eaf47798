// OpenMidas without a platform: checks, the way from pay_info to the payment sheet and from a wish to sign to the page
// for it, and the promise that a callback is called once and later. Whether something was paid or signed, the server says.
import { type Environment, type OpenMidasConfig, openMidasConfig, type SignParams, type SignTarget } from './config'
import { createEvents, type Events } from './events'
import { isAppMetadata, isRecord, type JsapiParameters, parseJson, parsePayInfo, readJsapi } from './payInfo'
import type { HttpReply, Platform } from './platforms/platform'
import { type PayCode, type PayResultName, results, type SignCode, type SignResultName } from './result'
import { isSignParams, readSignTarget } from './signing'

/** Hears how `pay` ended, once. `innerCode` and `resultMsg` are for logs and never shown to a user. */
export type PayCallback = (resultCode: PayCode, innerCode: string, resultMsg: string, appMetadata: string) => void
/** Hears why nobody got to the page for signing. `innerCode` and `resultMsg` are for logs and never shown to a user. */
export type SignErrorCallback = (resultCode: SignCode, innerCode: string, resultMsg: string) => void

/** What OpenMidas offers, by the names of Midas's document. */
export interface OpenMidasApi {
  /**
   * Call it before anything else; without it, or with another word, every call ends with −3.
   * @param env which host of `openMidasConfig` is asked
   */
  init(env: Environment): void
  /**
   * Opens the payment sheet. Never throws: what goes wrong comes to the callback.
   * @param payInfo pay_info of Midas's unified_order, or the JSON of JSAPI parameters
   * @param callback called once and never before `pay` has returned; `results` tells what each code means
   * @param appMetadata `key=value`, at most 255 characters; the callback gets it back
   */
  pay(payInfo: string, callback: PayCallback, appMetadata?: string): void
  /**
   * The same without a callback: ask your own server how it ended.
   * @param payInfo as above
   * @param appMetadata as above
   */
  pay(payInfo: string, appMetadata?: string): void
  /**
   * Goes to WeChat's page for signing. What the user does there comes to App.onShow, and only your server knows it for
   * sure. Parameters come from `openMidasConfig.signing`, else from the host. Never throws.
   * @param params the app and the user at Midas
   * @param errorCallback called at most once, never before `signContract` has returned, and never after a jump that
   *   worked; innerCode 402-1-2-1: WeChat is too old; 402-1-2-2: the jump failed, resultMsg is WeChat's text
   */
  signContract(params: SignParams, errorCallback?: SignErrorCallback): void
  /**
   * Hears an event once. `signContractDone`: the parameters are there and the jump comes next. Register it after
   * `signContract` was called: it belongs to that call.
   */
  once: Events['once']
}

interface Ending<Name> {
  name: Name
  /** somebody else's text: WeChat's or a server's */
  text?: string
}
type PayEnding = Ending<PayResultName>
type SignEnding = Ending<SignResultName>

const exchangeTimeoutMs = 10_000
// An app's own function may well try again by itself before it gives up.
const signingTimeoutMs = 40_000

/**
 * OpenMidas on a platform.
 * @param platform what differs between a mini-program and a browser
 * @param config read at each call, so its fields may be set at any time
 * @returns the functions of the document; none of them throws
 */
export function createOpenMidas(platform: Platform, config: OpenMidasConfig = openMidasConfig): OpenMidasApi {
  const events = createEvents()
  let environment: Environment | 'none' | 'bad' = 'none'

  async function runPay(payInfo: unknown, appMetadata: unknown): Promise<PayEnding> {
    if (environment === 'none') return { name: 'notInitialised' }
    if (environment === 'bad') return { name: 'badEnvironment' }
    const parsed = parsePayInfo(payInfo)
    if (!parsed) return { name: 'badPayInfo' }
    if (!isAppMetadata(appMetadata)) return { name: 'badMetadata' }
    if (parsed.kind === 'jsapi') return openSheet(platform, parsed.parameters)
    const host = config.hosts[environment]
    if (!host) return { name: 'noHost' }
    const exchanged = await exchange({ platform, host }, parsed.text)
    return 'name' in exchanged ? exchanged : openSheet(platform, exchanged)
  }

  /** undefined: on the way to the page */
  async function runSign(params: unknown, tell: ReturnType<Events['begin']>): Promise<SignEnding | undefined> {
    if (environment === 'none') return { name: 'notInitialised' }
    if (environment === 'bad') return { name: 'badEnvironment' }
    if (!isSignParams(params)) return { name: 'badSignParams' }
    const { jump } = platform
    if (!jump?.isKnown()) return { name: 'clientTooOld' }
    const host = config.hosts[environment]
    if (!config.signing && !host) return { name: 'noHost' }
    const target = await (config.signing
      ? ownTarget(config.signing, { ...params })
      : hostTarget({ platform, host }, params))
    if ('name' in target) return target
    await tell('signContractDone')
    try {
      await jump.go(target)
      return undefined
    } catch (error) {
      return { name: 'jumpFailed', text: messageOf(error) }
    }
  }

  return {
    init(env) {
      environment = env === 'release' || env === 'test' ? env : 'bad'
    },
    pay(payInfo: string, callback?: PayCallback | string, appMetadata?: string) {
      // The web form of the document has no callback: pay(payInfo, appMetadata).
      const metadata = typeof callback === 'string' ? callback : appMetadata
      const ended = runPay(payInfo, metadata ?? undefined)
      if (typeof callback !== 'function') return
      ended.then(({ name, text }) => {
        const { resultCode, innerCode, meaning } = results[name]
        // A turn of its own: what the callback throws is the app's error, not a lost promise.
        setTimeout(() => callback(resultCode, innerCode, text || meaning, metadata ?? ''), 0)
      })
    },
    signContract(params: SignParams, errorCallback?: SignErrorCallback) {
      const ended = runSign(params, events.begin())
      if (typeof errorCallback !== 'function') return
      ended.then((ending) => {
        if (!ending) return
        const { resultCode, innerCode, meaning } = results[ending.name]
        setTimeout(() => errorCallback(resultCode, innerCode, ending.text || meaning), 0)
      })
    },
    once: events.once,
  }
}

interface Host {
  platform: Platform
  host: string
}

// The wire between Tencent's own openMidas.js and its host is not public. This one is our own convention, and the
// only place that knows it. POST <host>/jsapi {"payInfo"} → {"ret":0,"jsapi":{…}}, and "paid":true in a refusal when
// that number was paid before; POST <host>/contract {"appId","userId"} → {"ret":0,"contract":{"appId","path",
// "extraData"}}, and "signed":true in a refusal of who has signed before. A refusal is another ret with msg.
// Tencent's file can stand in for ours.
async function exchange(at: Host, payInfo: string): Promise<JsapiParameters | PayEnding> {
  const { answer, failure } = await askHost(at, '/jsapi', { payInfo })
  if (!answer) return { name: failure }
  if (answer.ret === 0) return readJsapi(answer.jsapi) ?? { name: 'hostUnreadable' }
  return { name: answer.paid === true ? 'alreadyPaid' : 'hostRefused', text: textOf(answer.msg) }
}

async function hostTarget(at: Host, { appId, userId }: SignParams): Promise<SignTarget | SignEnding> {
  const { answer, failure } = await askHost(at, '/contract', { appId, userId })
  if (!answer) return { name: failure }
  if (answer.ret === 0) return readSignTarget(answer.contract) ?? { name: 'hostUnreadable' }
  return { name: answer.signed === true ? 'alreadySigned' : 'hostRefused', text: textOf(answer.msg) }
}

async function askHost({ platform, host }: Host, path: string, body: object): Promise<HostReply> {
  const asked = await within(exchangeTimeoutMs, () => platform.post(host + path, body, exchangeTimeoutMs))
  if (!('value' in asked)) return { failure: 'hostUnreachable' }
  const answer = readHost(asked.value)
  return answer ? { answer } : { failure: 'hostUnreadable' }
}

async function ownTarget(
  signing: NonNullable<OpenMidasConfig['signing']>,
  params: SignParams,
): Promise<SignTarget | SignEnding> {
  const asked = await within(signingTimeoutMs, () => signing(params))
  if (!('value' in asked)) return { name: 'signingFailed', text: asked.text }
  if (asked.value === null) return { name: 'alreadySigned' }
  return readSignTarget(asked.value) ?? { name: 'signingUnreadable' }
}

async function openSheet(platform: Platform, parameters: JsapiParameters): Promise<PayEnding> {
  try {
    const { end, text } = await platform.openSheet(parameters)
    return { name: end, text }
  } catch (error) {
    return { name: 'sheetBroke', text: messageOf(error) }
  }
}

type HostAnswer = Record<string, unknown> & { ret: number }
type HostReply =
  | { answer: HostAnswer; failure?: never }
  | { failure: 'hostUnreachable' | 'hostUnreadable'; answer?: never }

function readHost({ status, body }: HttpReply): HostAnswer | undefined {
  const answer = typeof body === 'string' ? parseJson(body) : body
  return status === 200 && isHostAnswer(answer) ? answer : undefined
}

const isHostAnswer = (answer: unknown): answer is HostAnswer => isRecord(answer) && typeof answer.ret === 'number'

const messageOf = (error: unknown): string => textOf((error as { message?: unknown } | undefined)?.message)

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What `call` gives within ms, or why not; what comes later is left alone. */
function within<T>(ms: number, call: () => Promise<T>): Promise<{ value: T } | { text: string }> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, { text: '' })
    const finish = (end: { value: T } | { text: string }) => {
      clearTimeout(timer)
      resolve(end)
    }
    // Inside a promise a synchronous throw is a failure like any other.
    new Promise<T>((done) => done(call())).then(
      (value) => finish({ value }),
      (error: unknown) => finish({ text: messageOf(error) }),
    )
  })
}

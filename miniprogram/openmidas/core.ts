// The part of OpenMidas that all platforms share. It checks the input, opens the payment sheet for a pay_info and
// WeChat's signing page for a contract, and calls each callback once, asynchronously. Only your server knows whether
// the user has paid or signed.
import { type Environment, type OpenMidasConfig, openMidasConfig, type SignParams, type SignTarget } from './config'
import { createEvents, type Events } from './events'
import { isAppMetadata, isRecord, type JsapiParameters, parseJson, parsePayInfo, readJsapi } from './payInfo'
import type { HttpReply, Platform } from './platforms/platform'
import { type PayCode, type PayResultName, results, type SignCode, type SignResultName } from './result'
import { isSignParams, readSignTarget } from './signing'

/** Receives the result of `pay`, once. `innerCode` and `resultMsg` are for logs and never shown to a user. */
export type PayCallback = (resultCode: PayCode, innerCode: string, resultMsg: string, appMetadata: string) => void
/**
 * Receives the reason why the signing page did not open. `innerCode` and `resultMsg` are for logs and never shown to a
 * user.
 */
export type SignErrorCallback = (resultCode: SignCode, innerCode: string, resultMsg: string) => void

/** The functions of OpenMidas, named as in Midas's document. */
export interface OpenMidasApi {
  /**
   * Call init before anything else. Without init, or with an unknown environment, every call ends with −3.
   * @param env selects one of the hosts in `openMidasConfig`
   */
  init(env: Environment): void
  /**
   * Opens the payment sheet. Never throws: errors are reported to the callback.
   * @param payInfo pay_info of Midas's unified_order, or the JSON of JSAPI parameters
   * @param callback called once, never before `pay` has returned; `results` explains each code
   * @param appMetadata `key=value`, at most 255 characters; returned to the callback
   */
  pay(payInfo: string, callback: PayCallback, appMetadata?: string): void
  /**
   * Opens the payment sheet without a callback: ask your own server for the payment result.
   * @param payInfo pay_info of Midas's unified_order, or the JSON of JSAPI parameters
   * @param appMetadata `key=value`, at most 255 characters
   */
  pay(payInfo: string, appMetadata?: string): void
  /**
   * Opens WeChat's signing page. App.onShow receives what the user did there, but only your server knows for sure
   * whether the contract is signed. Parameters come from `openMidasConfig.signing` if set, otherwise from the host.
   * Never throws.
   * @param params the app and the user at Midas
   * @param errorCallback called at most once, never before `signContract` has returned, and never after a successful
   *   jump. innerCode 402-1-2-1: WeChat is too old; 402-1-2-2: the jump failed, and resultMsg is WeChat's text
   */
  signContract(params: SignParams, errorCallback?: SignErrorCallback): void
  /**
   * Calls the listener for one event, once. The event `signContractDone` means that the signing parameters have arrived
   * and that WeChat's signing page opens next. Register the listener after calling `signContract`; the listener belongs
   * to that call only.
   */
  once: Events['once']
}

interface Ending<Name> {
  name: Name
  /** The reason for this result, in the words of WeChat or the server. */
  text?: string
}
type PayEnding = Ending<PayResultName>
type SignEnding = Ending<SignResultName>

const exchangeTimeoutMs = 10_000
// The app's own `signing` function may retry several times before it fails, so the timeout is long. In ms.
const signingTimeoutMs = 40_000

/**
 * Creates OpenMidas for one platform.
 * @param platform the functions that differ between a mini-program and a browser
 * @param config read at each call, so its fields can be set at any time
 * @returns the functions of Midas's document; none of them throws
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

  /** Returns why the signing page did not open; undefined if the page is opening. */
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
      // Midas's document also defines a web form without a callback: pay(payInfo, appMetadata).
      const metadata = typeof callback === 'string' ? callback : appMetadata
      const ended = runPay(payInfo, metadata ?? undefined)
      if (typeof callback !== 'function') return
      ended.then(({ name, text }) => {
        const { resultCode, innerCode, meaning } = results[name]
        // The callback runs in its own task. So an exception in the callback is reported as the app's error, and not as
        // an unhandled rejection inside the SDK.
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

// The protocol between Tencent's own openMidas.js and its host is not public. This function defines a protocol of our
// own, which no other code depends on. POST <host>/jsapi {"payInfo"} returns {"ret":0,"jsapi":{…}}; a refusal with
// "paid":true means that the payment number was already paid. POST <host>/contract {"appId","userId"} returns
// {"ret":0,"contract":{"appId","path","extraData"}}; a refusal with "signed":true means that the user has already
// signed. A refusal has another `ret` and a `msg`. Tencent's own file can replace ours.
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

/**
 * Waits at most `ms` for the result of `call`. If the call fails or takes longer, returns an error text; a later result
 * is ignored.
 */
function within<T>(ms: number, call: () => Promise<T>): Promise<{ value: T } | { text: string }> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, { text: '' })
    const finish = (end: { value: T } | { text: string }) => {
      clearTimeout(timer)
      resolve(end)
    }
    // `call` may throw synchronously. Called inside a promise, it rejects the promise instead.
    new Promise<T>((done) => done(call())).then(
      (value) => finish({ value }),
      (error: unknown) => finish({ text: messageOf(error) }),
    )
  })
}

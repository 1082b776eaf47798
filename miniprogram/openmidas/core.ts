// OpenMidas without a platform: checks, the way from pay_info to the payment sheet, and the promise that a callback is
// called once and later. It never decides whether something was paid; the server does.
import { type Environment, type OpenMidasConfig, openMidasConfig } from './config'
import { createEvents, type Events } from './events'
import { isAppMetadata, isRecord, type JsapiParameters, parseJson, parsePayInfo, readJsapi } from './payInfo'
import type { HttpReply, Platform } from './platforms/platform'
import { type ResultCode, type ResultName, results } from './result'

export type PayCallback = (resultCode: ResultCode, innerCode: string, resultMsg: string, appMetadata: string) => void

export interface OpenMidasApi {
  /** Call it before anything else; without it, or with another word, every call ends in −3. */
  init(env: Environment): void
  /**
   * Opens the payment sheet.
   * @param payInfo pay_info of Midas's unified_order, or the JSON of JSAPI parameters
   * @param callback called once and never before `pay` has returned; `results` tells what each code means
   * @param appMetadata `key=value`, at most 255 characters; the callback gets it back
   */
  pay(payInfo: string, callback: PayCallback, appMetadata?: string): void
  pay(payInfo: string, appMetadata?: string): void
  /** Hears an event once. `signContractDone`: the parameters are there and the jump comes next; register it after signing began. */
  once: Events['once']
}

interface Ending {
  name: ResultName
  /** somebody else's text: WeChat's or the host's */
  text?: string
}

const exchangeTimeoutMs = 10_000

/** OpenMidas on a platform. `config` is read at each call. */
export function createOpenMidas(
  platform: Platform,
  config: OpenMidasConfig = openMidasConfig,
  events: Events = createEvents(),
): OpenMidasApi {
  let environment: Environment | 'none' | 'bad' = 'none'

  async function run(payInfo: unknown, appMetadata: unknown): Promise<Ending> {
    if (environment === 'none') return { name: 'notInitialised' }
    if (environment === 'bad') return { name: 'badEnvironment' }
    const parsed = parsePayInfo(payInfo)
    if (!parsed) return { name: 'badPayInfo' }
    if (!isAppMetadata(appMetadata)) return { name: 'badMetadata' }
    if (parsed.kind === 'jsapi') return openSheet(parsed.parameters)
    const host = config.hosts[environment]
    if (!host) return { name: 'noHost' }
    const exchanged = await exchange(host, parsed.text)
    return 'name' in exchanged ? exchanged : openSheet(exchanged)
  }

  // The wire between Tencent's own openMidas.js and its host is not public. This one is our own convention, and the
  // only place that knows it: POST <host>/jsapi {"payInfo"} → {"ret":0,"jsapi":{…}}; a refusal is another ret with
  // msg, and "paid":true when that number was paid before. Tencent's file can stand in for ours.
  async function exchange(host: string, payInfo: string): Promise<JsapiParameters | Ending> {
    const reply = await within(exchangeTimeoutMs, () => platform.post(`${host}/jsapi`, { payInfo }, exchangeTimeoutMs))
    if (!reply) return { name: 'hostUnreachable' }
    return readExchange(reply)
  }

  async function openSheet(parameters: JsapiParameters): Promise<Ending> {
    try {
      const { end, text } = await platform.openSheet(parameters)
      return { name: end, text }
    } catch (error) {
      return { name: 'sheetBroke', text: error instanceof Error ? error.message : '' }
    }
  }

  return {
    init(env) {
      environment = env === 'release' || env === 'test' ? env : 'bad'
    },
    pay(payInfo: string, callback?: PayCallback | string, appMetadata?: string) {
      // The web form of the document has no callback: pay(payInfo, appMetadata).
      const metadata = typeof callback === 'string' ? callback : appMetadata
      const ended = run(payInfo, metadata ?? undefined)
      if (typeof callback !== 'function') return
      ended.then(({ name, text }) => {
        const { resultCode, innerCode, meaning } = results[name]
        // A turn of its own: what the callback throws is the app's error, not a lost promise.
        setTimeout(() => callback(resultCode, innerCode, text || meaning, metadata ?? ''), 0)
      })
    },
    once: events.once,
  }
}

function readExchange({ status, body }: HttpReply): JsapiParameters | Ending {
  const answer = typeof body === 'string' ? parseJson(body) : body
  if (status !== 200 || !isRecord(answer) || typeof answer.ret !== 'number') return { name: 'hostUnreadable' }
  if (answer.ret === 0) return readJsapi(answer.jsapi) ?? { name: 'hostUnreadable' }
  return {
    name: answer.paid === true ? 'alreadyPaid' : 'hostRefused',
    text: typeof answer.msg === 'string' ? answer.msg : '',
  }
}

/** What `call` gives within ms; undefined when it fails, throws or takes longer, and then its answer is left alone. */
function within<T>(ms: number, call: () => Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, undefined)
    const finish = (value?: T) => {
      clearTimeout(timer)
      resolve(value)
    }
    // Inside a promise a synchronous throw is a failure like any other.
    new Promise<T>((done) => done(call())).then(finish, () => finish())
  })
}

// The cashier's page. It leads a payer through the stages one after the other: choose a method, pay, wait for the
// result, and return to the system that sent the payer.
import { isWeChat, openSheet, readyBridge } from '../wx/bridge'
import { keepRequest, type Request, readRequest } from './request'
import { ask, look, openidPage, pay, type Reply, type View, type Way } from './server'
import { draw, type Stage } from './view'
import { browserLanguage, type Language } from './words'

const askEveryMs = 2_500
const asksAlone = 120
const busyTries = 4
const busyMs = 2_000
const paidMs = 3_000
const closedMs = 10_000

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const isOfWeb = (address: string): boolean => /^https?:\/\//i.test(address)

/**
 * The target of the link in an HTML page from the server. Parses the HTML without running it or adding it to this page.
 */
function addressIn(html: unknown): string | undefined {
  const link = new DOMParser().parseFromString(String(html), 'text/html').querySelector('a')
  return link && isOfWeb(link.href) ? link.href : undefined
}

export class Cashier {
  private language: Language = browserLanguage()
  private stage: Stage = { kind: 'loading' }
  /**
   * The payment request in the page's address, read once. If the address changes, the page reloads, so that it never
   * shows the answer to an earlier request.
   */
  private request: Request | undefined
  /**
   * The server's answer about the request. While it is absent, the page shows nothing of the request, because the
   * request may be forged.
   */
  private view: View | undefined
  private chosen: string | undefined
  private openid = ''
  /**
   * Number of the current polling. When another polling starts, the number increases, and the older polling then stops.
   */
  private watch = 0
  private way: Way | undefined
  /** true while the page reloads. Answers that arrive in this time are ignored. */
  private isLeft = false

  start(): void {
    // The user came back with the browser's back button, and the browser restored the page from its cache. Reload to
    // show the current state.
    addEventListener('pageshow', ({ persisted }) => persisted && this.reload())
    addEventListener('hashchange', () => this.reload())
    const request = window.top === window ? readRequest() : 'framed'
    if (request === 'framed') this.show({ kind: 'framed', href: location.href })
    else if (request === 'forgotten') this.show({ kind: 'forgotten' })
    else {
      this.request = request
      this.openid = request?.openid ?? ''
      void this.open()
    }
  }

  private reload(): void {
    this.view = undefined
    this.show({ kind: 'loading' })
    this.isLeft = true
    location.reload()
  }

  private goTo(address: string): void {
    if (!this.isLeft) location.assign(address)
  }

  private readonly open = async (): Promise<void> => {
    this.watch++
    this.view = undefined
    if (!this.request) return this.show({ kind: 'refused', code: '' })
    this.show({ kind: 'loading' })
    const there = await this.look()
    if (!there) return
    this.chosen = there.ways[0]?.code
    if (there.needsOpenid && !this.request.asked) return this.toOpenid()
    if (this.request.left) this.waitForReturned()
    else this.show({ kind: 'choose' })
  }

  /**
   * Reads the order from our server. @returns the view of an order that can be paid; otherwise undefined, after the
   * page has shown why
   */
  private async look(): Promise<View | undefined> {
    const { request } = this
    if (!request) return undefined
    const reply = await look(request.fields, this.openid)
    if (reply?.errcode !== '0') return this.stop(reply, this.open)
    this.view = reply.obj as View
    if (this.view.state === 'open') return this.view
    this.end(this.view.state)
    return undefined
  }

  /** Shows the server's refusal, or that no answer came. */
  private stop(reply: Reply | undefined, retry: () => unknown): undefined {
    if (!reply) this.show({ kind: 'lost', retry })
    else if (/^(429|5)/.test(reply.errcode)) this.show({ kind: 'refused', code: reply.errcode, retry })
    else this.show({ kind: 'refused', code: reply.errcode })
  }

  private readonly pay = async (): Promise<void> => {
    const { request, view, chosen } = this
    this.way = view?.ways.find(({ code }) => code === chosen)
    if (!request || !view || !this.way) return
    if (this.isInMiniProgram()) return this.show({ kind: 'choose', problem: 'inMiniProgram' })
    this.show({ kind: 'opening' })
    let reply: Reply | undefined
    for (let tries = 0; tries < busyTries; tries++) {
      reply = await pay(request.fields, view.scene, this.way.code, this.openid)
      if (reply?.errcode !== '40902') break
      await sleep(busyMs)
    }
    // Forget the openid, because the server has stored the payer in the session and accepts this value of the openid
    // only once.
    this.openid = ''
    return this.follow(reply)
  }

  private isInMiniProgram(): boolean {
    const { __wxjs_environment: environment } = window as { __wxjs_environment?: unknown }
    return this.way?.code === 'Wechat' && environment === 'miniprogram'
  }

  private async follow(reply: Reply | undefined): Promise<void> {
    const { request } = this
    if (!request) return
    const code = reply?.errcode
    if (code === '40903') return this.end('paid')
    if (code === '40904') return this.end('closed')
    if ((code === '40005' || code === '40006') && isWeChat(navigator.userAgent)) return this.toOpenid()
    if (!reply) return this.show({ kind: 'choose', problem: 'lostHint' })
    if (code !== '0') return this.show({ kind: 'choose', code: reply.errcode })
    if (typeof reply.obj === 'object' && reply.obj) return this.inWechat(reply.obj)
    if (reply.image) return this.waitForScan(reply.image)
    const address = addressIn(reply.obj)
    if (address === undefined) return this.show({ kind: 'choose', code: '50202' })
    if (!this.isLeft) keepRequest(request, { left: true, asked: request.asked })
    this.show({ kind: 'leaving', way: this.way, address })
    this.goTo(address)
  }

  private toOpenid(): void {
    const { request } = this
    if (!request || this.isLeft) return
    // Without cookies WeChat's answer would find no session, and the payer would come back without an openid.
    if (!navigator.cookieEnabled) {
      this.show({ kind: 'choose', problem: 'noCookies' })
      return
    }
    // Keep the request in this tab and leave it out of the return address, because the address of WeChat's page would
    // become too long with it.
    const isKept = keepRequest(request, { asked: true })
    const { origin, pathname } = location
    this.goTo(openidPage(request.fields.domainCode, `${origin}${pathname}${isKept ? '#/?' : request.fragment}`))
  }

  // Pays inside WeChat. The payment sheet's answer selects only the next screen. Only our server's record says whether
  // the order is paid.
  private async inWechat(parameters: object): Promise<void> {
    const bridge = await readyBridge().catch(() => undefined)
    if (!bridge) return this.show({ kind: 'choose', problem: 'noBridge' })
    const word = (await openSheet(bridge, parameters)).replace(/^[^:]*:/, '')
    if (word === 'ok') return this.waitForReturned()
    this.show({ kind: 'choose', problem: word === 'cancel' ? 'cancelled' : 'failed' })
  }

  /**
   * Shows a QR code and polls until someone has paid with another device. Each poll lets the server query the provider.
   */
  private async waitForScan(image: string): Promise<void> {
    const shown = { kind: 'code', image, way: this.way } as const
    const watch = ++this.watch
    this.show({ ...shown, status: 'waiting' })
    for (let asked = 0; asked < asksAlone; ) {
      await sleep(askEveryMs)
      if (watch !== this.watch) return
      if (document.hidden) continue
      asked++
      const state = await this.asked()
      if (watch !== this.watch || state === 'over') return
      this.show({ ...shown, status: state === 'unheard' ? 'offline' : 'waiting' })
    }
    this.show({ ...shown, status: 'timedOut' })
  }

  // Waits after the payer has come back from WeChat's H5 page. WeChat does not allow this page to query the payment by
  // itself (pay.weixin.qq.com/doc/v2/merchant/4011936869). So the page polls only our own record, and a button makes
  // the server query WeChat.
  private async waitForReturned(): Promise<void> {
    const watch = ++this.watch
    this.show({ kind: 'returned' })
    for (let looked = 0; looked < asksAlone; looked++) {
      await sleep(askEveryMs)
      const { request } = this
      if (watch !== this.watch || !request) return
      if (document.hidden) continue
      const reply = await look(request.fields, '')
      const state = (reply?.obj as View | undefined)?.state
      if (watch !== this.watch) return
      if (state === 'paid' || state === 'closed') return this.end(state)
    }
  }

  /** Runs when the payer presses the button “I have paid”. */
  private readonly askNow = async (): Promise<void> => {
    const { stage } = this
    if (stage.kind !== 'code' && stage.kind !== 'returned') return
    this.show({ ...stage, status: 'asking' })
    const state = await this.asked()
    if (state !== 'over' && this.stage.kind === stage.kind)
      this.show({ ...stage, status: state === 'unheard' ? 'offline' : 'notYet' })
  }

  private async asked(): Promise<'over' | 'waiting' | 'unheard'> {
    const { request } = this
    const reply = request && (await ask(request.fields))
    const code = reply?.errcode
    if (code === '0') this.end('paid')
    else if (code === '40904') this.end('closed')
    else if (code === '40905') {
      this.watch++
      this.show({ kind: 'choose', code })
    } else return code === '30000' ? 'waiting' : 'unheard'
    return 'over'
  }

  private readonly chooseAgain = (): void => {
    this.watch++
    this.show({ kind: 'choose' })
  }

  private end(kind: 'paid' | 'closed'): void {
    const { request, view } = this
    const watch = ++this.watch
    if (!request || !view) return
    const { dialogOkUrl, dialogFailUrl, pageUrl } = request.fields
    const address = [kind === 'paid' ? dialogOkUrl : dialogFailUrl, pageUrl].find(isOfWeb)
    this.show({ kind, address })
    if (address === undefined) return
    // After a pause, go back to the system that sent the payer. Stay if the user has left this page meanwhile.
    void sleep(kind === 'paid' ? paidMs : closedMs).then(() => {
      if (watch === this.watch && !document.hidden) this.goTo(address)
    })
  }

  private show(stage: Stage): void {
    if (this.isLeft) return
    const isOther = stage.kind !== this.stage.kind
    this.stage = stage
    draw(
      { stage, view: this.view, fields: this.request?.fields, language: this.language, chosen: this.chosen, isOther },
      {
        choose: (code) => {
          this.chosen = code
        },
        pay: this.pay,
        ask: this.askNow,
        again: this.chooseAgain,
        speak: (language) => {
          this.language = language
          this.show(this.stage)
        },
      },
    )
  }
}

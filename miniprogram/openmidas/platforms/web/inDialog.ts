// One payment with a dialog, from its payInfo to its result: a QR code on a PC, the H5 page on a phone, and a payment
// whose page was left. It is a script of its own, loaded when it is needed: inside WeChat that is seldom.
import { openSheet } from './bridge'
import type { WebResult } from './codes'
import { type Dialog, openDialog, type View } from './dialog'
import { type Ended, exchange, jump, type Recorded, readRecord, type Wanted } from './host'
import { forget, leave } from './left'
import { isChinese, texts } from './texts'

const askEveryMs = 2_000
const patienceMs = 2 * 3_600_000
const leaveMs = 3_000

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs one payment. Never rejects. */
export const payInDialog = (wanted: Wanted): Promise<Ended> =>
  new Promise((resolve) => new Payment(wanted, resolve).run())

class Payment {
  private dialog: Dialog | undefined
  private readonly words = texts()
  private no: string
  private record: Recorded | undefined
  private code: string | undefined
  private isOver = false
  private isLeaving = false
  /** the H5 page or the payment sheet was opened, so the person may have paid */
  private wasOpened: boolean

  constructor(
    private readonly wanted: Wanted,
    private readonly resolve: (ended: Ended) => void,
  ) {
    this.no = wanted.left?.no ?? ''
    this.wasOpened = wanted.left !== undefined
    addEventListener('pagehide', this.keep)
    addEventListener('pageshow', this.unkeep)
  }

  async run(): Promise<void> {
    const isPc = this.wanted.place === 'pc'
    // A payment that arrived while the page was away ends without a dialog.
    if (this.wanted.left) await this.look(isPc)
    this.draw(this.words.opening)
    if (this.wanted.left && !isPc) this.wait()
    else this.open()
  }

  /** Asks the host how to pay here, and opens that. */
  private readonly open = async (): Promise<void> => {
    const { host, payInfo, place } = this.wanted
    const opened = await exchange(host, { payInfo, place, back: location.href })
    this.no = opened.no || this.no
    // The record may know more than a host that refuses: that the order is paid.
    if (this.no) await this.look(place === 'pc' && 'failure' in opened)
    if (this.isOver || this.isLeaving) return
    if ('failure' in opened) return this.end(opened.failure, opened.text)
    this.code = opened.code
    if (opened.jsapi) {
      this.wasOpened = true
      const { name, text } = await openSheet(opened.jsapi)
      return this.end(name, text)
    }
    if (opened.link) {
      this.wasOpened = true
      this.keep()
      try {
        // Inside an iframe WeChat's page fails on iOS.
        jump(opened.link, 'strict-origin', window.top ?? window)
      } catch {
        // A frame of another origin may do this only after a press: there is a button.
      }
    }
    this.wait()
  }

  /** Waits for the payment. Only at a PC the shop is asked to ask the provider: WeChat's H5 page forbids it elsewhere. */
  private async wait(): Promise<void> {
    const isPc = this.wanted.place === 'pc'
    const until = Date.now() + patienceMs
    this.draw(isPc ? this.words.scan : this.words.returned)
    while (!this.isOver) {
      await sleep(askEveryMs)
      if (Date.now() > until) this.end('timedOut')
      if (!this.isOver && !document.hidden && !(await this.look(isPc))) this.draw(this.words.offline)
      else if (isPc && !this.isOver) this.draw(this.words.scan)
    }
  }

  private readonly ask = async (): Promise<void> => {
    this.draw(this.words.asking)
    const { notYet, offline } = this.words
    const isThere = await this.look(true)
    this.draw(isThere ? notYet : offline)
  }

  /** Reads the record. @returns whether it could be read */
  private async look(ask: boolean): Promise<boolean> {
    const { record, payInfo } = this.wanted
    const read = await readRecord(record, { paymentNo: this.no, payInfo, ask })
    if (!read) return false
    this.record = read
    if (read.state === 'paid') this.end('succeeded')
    if (read.state === 'ended') this.end('ended')
    return true
  }

  private draw(status: string): void {
    if (this.isOver) return
    this.dialog ??= openDialog(() => this.leave())
    const { place } = this.wanted
    const view: View = { status }
    if (this.record) {
      const { amountFen, currency, title, titleEn } = this.record
      view.amount = money(amountFen, currency)
      view.title = isChinese() ? title : titleEn || title
    }
    if (this.code) view.code = this.code
    else if (this.wasOpened && place !== 'pc') {
      view.onDone = this.ask
      view.onAgain = this.open
    }
    this.dialog.show(view)
  }

  /** The person closes the dialog. A payment that has just arrived counts. */
  private async leave(): Promise<void> {
    if (this.isLeaving) return
    this.isLeaving = true
    if (this.no) await Promise.race([this.look(false), sleep(leaveMs)])
    this.end(this.wasOpened ? 'left' : 'cancelled')
  }

  private end(name: WebResult, text?: string): void {
    if (this.isOver) return
    this.isOver = true
    this.dialog?.close()
    removeEventListener('pagehide', this.keep)
    removeEventListener('pageshow', this.unkeep)
    forget(this.wanted.payInfo)
    this.resolve({ name, text, callbackUrl: this.record?.callbackUrl })
  }

  /** The page is left: the next one of this origin goes on. */
  private readonly keep = (): void => {
    if (this.no) leave(this.wanted, this.no)
  }

  /** The page came back from the browser's cache, and goes on itself. */
  private readonly unkeep = (): void => forget(this.wanted.payInfo)
}

function money(amountFen: number, currency: string): string {
  try {
    const style = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const
    const format = new Intl.NumberFormat(isChinese() ? 'zh-CN' : 'en', style)
    return format.format(amountFen / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
  } catch {
    return ''
  }
}

// Runs one payment with a dialog, from payInfo to result: a QR code on a computer, WeChat's H5 page on a phone, or the
// rest of a payment whose page the user left. A separate script, because payments inside WeChat rarely need it.
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
  /** The H5 page or the payment sheet was opened, so the user may have paid. */
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
    // The payment may have succeeded while the user was away. Read the record first; if it is paid, no dialog opens.
    if (this.wanted.left) await this.look(isPc)
    this.draw(this.words.opening)
    if (this.wanted.left && !isPc) this.wait()
    else this.open()
  }

  /** Asks the host how to pay here, and then opens the sheet, the H5 page or the QR code. */
  private readonly open = async (): Promise<void> => {
    const { host, payInfo, place } = this.wanted
    const opened = await exchange(host, { payInfo, place, back: location.href })
    this.no = opened.no || this.no
    // The host may refuse because the order is already paid. Read our server's record before reporting a failure.
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
        // Open WeChat's H5 page in the top window, because inside an iframe it fails on iOS.
        jump(opened.link, 'strict-origin', window.top ?? window)
      } catch {
        // A browser forbids an iframe of another origin to change the top window without a press. The dialog shows a
        // button for that.
      }
    }
    this.wait()
  }

  /**
   * Polls our server until the payment has a result. On a computer, the server queries the provider at each poll. On a
   * phone, the server only reads its own record, because WeChat's document forbids such polling for H5 payments.
   */
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

  /**
   * Reads our server's record and ends the payment if the record has a result. @returns whether the record could be
   * read
   */
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

  /** The user closes the dialog. Read the record once more, in case the payment has just succeeded. */
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

  /** The user leaves the page. Store the payment, so that the next page of this origin continues it. */
  private readonly keep = (): void => {
    if (this.no) leave(this.wanted, this.no)
  }

  /** The browser restored this page from its cache. The page continues the payment itself, so no other page should. */
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

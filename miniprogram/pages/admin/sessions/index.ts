// Sign-in of staff on a computer: staff confirm the code that a browser shows. On this page staff also see and end
// their own browser sessions.
import type { AdminResults, LoginView, SessionView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import { beijingMinute } from '../../../rules/beijing'
import type { FailureCode } from '../../../services/cloud'
import { once, type PlaceState, type Tap } from '../backOffice'
import { detailPage } from '../detailPage'
import { agreed } from '../dialogs'
import { adminMessages } from '../messages'
import { act, ask } from '../service'
import type { Line } from '../texts'
import { browserName, t } from './messages'

type Sessions = AdminResults['sessions']

const codeShape = /^[2-9B-DF-HJ-NP-TV-Z]{8}$/

const rowOf = (session: SessionView) => ({
  id: session.id,
  isThis: session.isThis,
  name: browserName(session),
  used: t.used(beijingMinute(session.usedAt)),
})

/** Finds the sign-in code at the end of a text that was scanned or typed; undefined if there is none. */
function codeIn(text: string): string | undefined {
  const code = text.trim().toUpperCase().replace(/[\s-]/g, '').slice(-8)
  return codeShape.test(code) ? code : undefined
}

function linesOf({ place, browser, address, isSameNetwork, askedAt }: LoginView): Line[] {
  const network = isSameNetwork === null ? '' : isSameNetwork ? t.sameNetwork : t.otherNetwork
  const shown = network === '' ? address : inLanguage(`${address}（${network}）`, `${address} (${network})`)
  return [
    { name: t.device, value: t.places[place] },
    { name: t.browser, value: browser || t.unknown },
    { name: t.address, value: address === '' ? t.unknown : shown },
    { name: t.asked, value: beijingMinute(askedAt) },
  ]
}

function problemOf(code: FailureCode, isTooMany: boolean): string {
  if (code === 'NotFound') return t.wrongCode
  return isTooMany ? t.tooMany : adminMessages.errors[code]
}

detailPage({
  title: adminMessages.pages.sessions,
  data: {
    t,
    rows: [] as ReturnType<typeof rowOf>[],
    mayConfirm: false,
    how: '',
    code: '',
    problem: '',
    lines: [] as Line[],
  },
  isAlwaysFresh: true,
  read: (): Promise<Sessions> => ask('sessions', { list: true }),
  show({ sessions, mayConfirm, address }: Sessions): PlaceState {
    this.setData({ rows: sessions.map(rowOf), mayConfirm, how: t.how(address) })
    return 'ready'
  },
  methods: {
    onCode({ detail }: Tap): void {
      this.setData({ code: detail.value, problem: '' })
    },
    onScan(): void {
      wx.scanCode({
        success: ({ result }) => {
          this.setData({ code: codeIn(result) ?? '' })
          this.onNext()
        },
        // The user closed the camera. That is not an error.
        fail: () => undefined,
      })
    },
    /** Shows which browser asks for the sign-in, so that staff can check it before they confirm. */
    async onNext(): Promise<void> {
      const code = codeIn(this.data.code)
      if (code === undefined) return this.setData({ problem: t.wrongShape })
      await this.tried('look', async () => {
        const { login } = await ask('sessions', { look: code })
        this.setData({ code, lines: login ? linesOf(login) : [], problem: '' })
      })
    },
    onLeave(): void {
      this.setData({ lines: [], code: '' })
    },
    async onConfirm(): Promise<void> {
      await this.tried('confirm', async () => {
        this.showNew(await act('sessions', { confirm: this.data.code }, { repeats: true }))
        this.onLeave()
        wx.showToast({ title: t.done, icon: 'success' })
      })
    },
    /** Runs one step of the sign-in. Shows a failure beside the code. */
    async tried(name: string, work: () => Promise<void>): Promise<void> {
      const begin = () => {
        this.setData({ problem: '' })
        return work()
      }
      await once(this, name, begin, (code, details) => {
        const isTooMany = details.some(({ rule }) => rule === 'tooMany')
        this.setData({ problem: problemOf(code, isTooMany), lines: [] })
      })
    },
    async onEnd({ currentTarget }: Tap<{ id: string; name: string }>): Promise<void> {
      const { id, name } = currentTarget.dataset
      await this.perform('end', async () => {
        const question = { title: t.endTitle, content: t.endText(name), confirmText: t.end }
        if (!(await agreed(question))) return
        this.showNew(await act('sessions', { end: id }))
        wx.showToast({ title: t.ended, icon: 'success' })
      })
    },
  },
})

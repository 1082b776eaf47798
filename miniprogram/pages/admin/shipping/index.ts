// Orders whose shipping we must still report to WeChat, the oldest first. Staff enter the shipping of many orders at
// once: they type it, paste it, or choose a CSV file.
import type { StaffOrderRow } from '../../../../cloudfunctions/shared/api/admin'
import { beijingMinute } from '../../../rules/beijing'
import { privacyRefusalOf } from '../../../services/privacy'
import type { Tap } from '../backOffice'
import { listPage, type Read } from '../listPage'
import { adminMessages } from '../messages'
import { act, ask } from '../service'
import { orderRow } from '../texts'
import { t } from './messages'
import { type Entry, readLines } from './parcels'

const tones = { waiting: 'warn', sending: 'warn', refused: 'bad', reported: 'good', received: 'good' } as const

const rowOf = (order: StaffOrderRow) => {
  const { orderNo, title, amount, label } = orderRow(order)
  return {
    orderNo,
    title,
    amount,
    label,
    since: order.paidAt === null ? '' : t.since(beijingMinute(order.paidAt)),
    state: order.shipState === null ? '' : t.states[order.shipState],
    tone: order.shipState === null ? '' : tones[order.shipState],
  }
}

/** Lines for the text field: one for each waiting order, with only the order number filled in. */
const linesFor = (orders: readonly StaffOrderRow[]): string =>
  orders
    .filter(({ shipState }) => shipState === 'waiting' || shipState === 'refused')
    .map(({ orderNo }) => `${orderNo},,`)
    .join('\n')

listPage({
  title: adminMessages.pages.shipping,
  data: { t, list: '', problem: '', failed: [] as { orderNo: string; why: string }[], waitingTitle: '' },
  fields: (): { waiting: readonly StaffOrderRow[] } => ({ waiting: [] }),
  methods: {
    onList({ detail }: Tap): void {
      this.setData({ list: detail.value, problem: '' })
    },
    onFill(): void {
      const lines = linesFor(this.waiting)
      this.setData({ list: lines, problem: lines === '' ? t.none : '' })
    },
    async onFile(): Promise<void> {
      const chosen = await wx
        .chooseMessageFile({ count: 1, type: 'file', extension: ['csv', 'txt'] })
        .catch((error: unknown) => privacyRefusalOf(error) ?? null)
      if (typeof chosen === 'string') return this.setData({ problem: t.filePrivacy[chosen] })
      const path = chosen?.tempFiles[0]?.path
      if (path === undefined) return
      try {
        const text = wx.getFileSystemManager().readFileSync(path, 'utf8')
        this.setData({ list: String(text), problem: '' })
      } catch {
        this.setData({ problem: t.fileFailed })
      }
    },
    async onSend(): Promise<void> {
      if (this.data.busy !== '') return
      const entries = readLines(this.data.list)
      if (typeof entries === 'string') this.setData({ problem: entries })
      else await this.send(entries)
    },
    async send(entries: Entry[]): Promise<void> {
      await this.perform('send', async () => {
        const { results } = await act('ship', { entries }, { repeats: true })
        const failed = results.flatMap(({ orderNo, problem }) =>
          problem === null ? [] : [{ orderNo, why: t.problems[problem] }],
        )
        const done = results.length - failed.length
        const stays = new Set(failed.map(({ orderNo }) => orderNo))
        const left = this.data.list.split('\n').filter((line) => [...stays].some((no) => line.includes(no)))
        this.setData({ failed, list: left.join('\n') })
        const title = failed.length === 0 ? t.done(done) : t.someFailed(done, failed.length)
        wx.showToast({ title, icon: failed.length === 0 ? 'success' : 'none' })
        await this.load()
      })
    },
  },
  async read(part): Promise<Read<StaffOrderRow>> {
    const { orders, broken, cursor } = await ask('orders', { filter: { needs: 'shipping' }, ...part })
    return { items: orders, broken, cursor }
  },
  row: rowOf,
  beside(items) {
    this.waiting = items
    return { waitingTitle: t.waitingTitle(String(items.length)) }
  },
})

// The addresses at which connected systems receive our events. Staff can add, test and disable an address, or replace
// its secret.

import type { AdminAsked, EndpointView } from '../../../../cloudfunctions/shared/api/admin'
import { beijingMinute } from '../../../rules/beijing'
import { longest } from '../../../rules/terms'
import { newNumber } from '../../../services/serverTime'
import type { Tap } from '../backOffice'
import { agreed } from '../dialogs'
import { listPage, type Read } from '../listPage'
import { adminMessages } from '../messages'
import { act, ask, whoAmI } from '../service'
import { t } from './messages'

interface Row {
  id: string
  name: string
  url: string
  isOn: boolean
  /** whether the owner may let it go: it was switched off by itself, and we keep its events */
  mayLeave: boolean
  state: string
  tone: 'good' | 'warn' | ''
  health: string
  hasTwoSecrets: boolean
}

const healthOf = ({ offBecause, failingSince, isSlow, okAt }: EndpointView): string => {
  if (offBecause !== null) return t.because[offBecause]
  if (failingSince !== null) return t.failing(beijingMinute(failingSince))
  if (okAt === null) return t.never
  return isSlow ? t.slow : t.okAt(beijingMinute(okAt))
}

const rowOf = (endpoint: EndpointView): Row => ({
  id: endpoint.id,
  name: endpoint.note === '' ? endpoint.url : endpoint.note,
  url: endpoint.url,
  isOn: endpoint.state === 'on',
  mayLeave: endpoint.state === 'off' && endpoint.offBecause !== 'person',
  state: endpoint.state === 'on' ? t.on : t.off,
  tone: endpoint.state === 'off' ? '' : endpoint.failingSince === null ? 'good' : 'warn',
  health: healthOf(endpoint),
  hasTwoSecrets: endpoint.hasTwoSecrets,
})

listPage({
  title: adminMessages.pages.endpoints,
  data: {
    t,
    longest,
    isOwner: false,
    mayTest: false,
    isAdding: false,
    url: '',
    note: '',
    problem: '',
    /** The secret of a new endpoint. The page shows the secret once, because the server does not return it again. */
    secret: '',
  },
  fields: () => ({ newId: newNumber() }),
  async read(): Promise<Read<EndpointView>> {
    const [{ endpoints, broken }, { role }] = await Promise.all([ask('endpoints', {}), whoAmI()])
    this.setData({ isOwner: role === 'owner', mayTest: role !== 'viewer' })
    return { items: endpoints, broken }
  },
  row: rowOf,
  methods: {
    onAdd(): void {
      this.setData({ isAdding: true })
    },
    onCancel(): void {
      this.setData({ isAdding: false, problem: '' })
    },
    onInput({ currentTarget, detail }: Tap<{ name: 'url' | 'note' }>): void {
      this.setData({ [currentTarget.dataset.name]: detail.value, problem: '' })
    },
    async onSave(): Promise<void> {
      const { url, note } = this.data
      const add = { id: this.newId, url: url.trim(), note: note.trim() }
      // The phone checks only the form of the address. The server decides whether it may be called, and says why not.
      if (!/^https?:\/\/[!-~]+$/.test(add.url)) return this.setData({ problem: t.urlWrong })
      await this.change({ add })
    },
    onNewSecret({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      return this.sure(t.newSecret, t.newSecretText, { newSecret: currentTarget.dataset.id })
    },
    onEndOld({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      return this.sure(t.endOld, t.endOldText, { endOldSecret: currentTarget.dataset.id })
    },
    onSwitchOff({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      return this.sure(t.switchOff, t.switchOffText, { switchOff: currentTarget.dataset.id })
    },
    onLetGo({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      return this.sure(t.letGo, t.letGoText, { switchOff: currentTarget.dataset.id })
    },
    onSwitchOn({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      return this.change({ switchOn: currentTarget.dataset.id })
    },
    onSecretKept(): void {
      this.setData({ secret: '' })
    },
    async onTest({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      const { id } = currentTarget.dataset
      await this.perform(id, async () => {
        const { attempt, isAccepted } = await act('testEndpoint', { id })
        wx.showToast({ title: isAccepted ? t.testOk : t.tested(attempt.status), icon: 'none', duration: 3_000 })
        await this.load()
      })
    },
    async sure(title: string, content: string, wish: AdminAsked<'changeEndpoint'>): Promise<void> {
      if (await agreed({ title, content, confirmText: adminMessages.confirm })) await this.change(wish)
    },
    async change(wish: AdminAsked<'changeEndpoint'>): Promise<void> {
      const words = 'add' in wish ? { BadInput: t.urlWrong } : {}
      await this.perform(
        'change',
        async () => {
          const { secret } = await act('changeEndpoint', wish)
          if (secret !== null) this.setData({ secret })
          if ('add' in wish) {
            this.newId = newNumber()
            this.setData({ isAdding: false, url: '', note: '' })
          }
          await this.load()
        },
        words,
      )
    },
  },
})

// Settings of the shop's subscribe messages: which kinds are sent, a test message to oneself, permission to get a
// message for each new order, and whether the last messages arrived.
import type { MessageState, MessagesView } from '../../../../../cloudfunctions/shared/api/admin'
import { beijingMinute } from '../../../../rules/beijing'
import { codeOf } from '../../../../services/cloud'
import { askToTell } from '../../../../services/messages'
import { adminMessages } from '../../messages'
import { act, ask } from '../../service'
import { t } from './messages'

const stateText = (state: MessageState, code: number | null): string =>
  t.states[state] + (code === null || state === 'refused' ? '' : t.code(code))

function shown({ kinds, isHearing, last }: MessagesView) {
  return {
    state: 'ready' as const,
    kinds: kinds.map(({ kind, template }) => ({ kind, template, name: t.kinds[kind] })),
    newOrder: kinds.find(({ kind }) => kind === 'newOrder')?.template ?? '',
    isHearing,
    last: last.map(({ id, kind, number, state, code, at }) => ({
      id,
      title: `${t.kinds[kind]} · ${number.slice(-8)}`,
      text: `${stateText(state, code)} · ${beijingMinute(at)}`,
      isBad: state === 'failed' || state === 'refused',
    })),
  }
}

Component({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as 'loading' | 'ready' | 'error',
    kinds: [] as { kind: string; template: string; name: string }[],
    newOrder: '',
    isHearing: false,
    last: [] as { id: string; title: string; text: string; isBad: boolean }[],
    told: '',
    busy: false,
  },
  lifetimes: {
    attached() {
      this.load()
    },
  },
  methods: {
    async load(): Promise<void> {
      try {
        this.setData(shown(await ask('messages', {})))
      } catch (error) {
        this.setData({ state: 'error', told: adminMessages.errors[codeOf(error)] })
      }
    },
    onRetry(): void {
      this.setData({ state: 'loading', told: '' })
      this.load()
    },
    /** Ask for permission before anything else, because WeChat shows its permission dialog only directly in a tap. */
    async onTest({ currentTarget }: WechatMiniprogram.TouchEvent<object, object, { kind: string; id: string }>) {
      if (this.data.busy) return
      const { kind, id } = currentTarget.dataset
      await this.during(askToTell([id], true), async () => {
        const sent = await act('testMessage', { kind: kind as MessagesView['kinds'][number]['kind'] })
        this.setData({ ...shown(sent), told: stateText(sent.state, sent.code) })
      })
    },
    async onHear() {
      if (this.data.busy) return
      await this.during(askToTell([this.data.newOrder], true), async (isAccepted) => {
        if (isAccepted) this.setData({ ...shown(await act('hearOrders', {})), told: t.hearing })
        else this.setData({ told: t.notPermitted })
      })
    },
    async during(asked: Promise<boolean>, work: (isAccepted: boolean) => Promise<void>): Promise<void> {
      this.setData({ busy: true, told: '' })
      try {
        await work(await asked)
      } catch (error) {
        this.setData({ told: adminMessages.errors[codeOf(error)] })
      } finally {
        this.setData({ busy: false })
      }
    },
  },
})

// The shop's people, for owners: who may do what, invites by a one-time code, changes and removals.
import type { AdminResults } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { moneyText } from '../../../money'
import { codeOf } from '../../../services/cloud'
import { once, type PlaceState, placeOf } from '../backOffice'
import { agreed, copy } from '../dialogs'
import { adminMessages } from '../messages'
import { act, ask } from '../service'
import { beijingTimeOf, fenOf, yuanOf } from '../texts'
import { t } from './messages'

type People = AdminResults['staff']
type Role = People['people'][number]['role']

interface Form {
  /** empty for an invite */
  staffId: string
  /** only the name can be changed */
  isMe: boolean
  name: string
  role: Role
  limit: string
  problem: string
}

interface Fields {
  people: People | undefined
  /** a slower answer to an older question is dropped */
  round: number
}

const roles = (['operator', 'viewer', 'owner'] as const).map((value) => ({ value, label: t.roles[value] }))

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    roles,
    rows: [] as { staffId: string; name: string; role: string; text: string; isMe: boolean }[],
    invites: [] as { staffId: string; name: string; role: string; text: string }[],
    form: null as Form | null,
    code: '',
    busy: '',
  },
  lifetimes: {
    created() {
      this.people = undefined
      this.round = 0
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: adminMessages.pages.staff })
      this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      const mine = ++this.round
      try {
        const people = await ask('staff', { list: true })
        if (mine !== this.round) return
        this.show(people)
      } catch (error) {
        if (mine !== this.round) return
        const code = codeOf(error)
        const errorText = adminMessages.errors[code]
        if (this.data.state === 'ready' && code !== 'Forbidden') wx.showToast({ title: errorText, icon: 'none' })
        else this.setData({ state: placeOf(code), errorText })
      }
    },
    show(people: People): void {
      // Newer than whatever was asked before, which is not waited for.
      this.round += 1
      this.people = people
      this.setData({
        state: 'ready',
        rows: people.people.map(({ staffId, name, role, refundLimitFen, isMe }) => ({
          staffId,
          name: name || t.nameless,
          role: adminMessages.roles[role],
          text:
            role === 'operator' ? t.limit(moneyText(refundLimitFen ?? 0, 'CNY')) : role === 'owner' ? t.noLimit : '',
          isMe,
        })),
        invites: people.invites.map(({ staffId, name, role, expiresAt }) => ({
          staffId,
          name,
          role: adminMessages.roles[role],
          text: t.until(beijingTimeOf(expiresAt)),
        })),
      })
    },
    onInvite(): void {
      this.setData({
        form: { staffId: '', isMe: false, name: '', role: 'operator', limit: '200.00', problem: '' },
        code: '',
      })
    },
    onChange(event: WechatMiniprogram.TouchEvent<object, object, { id: string }>): void {
      const person = this.people?.people.find(({ staffId }) => staffId === event.currentTarget.dataset.id)
      if (!person) return
      const { staffId, isMe, name, role, refundLimitFen } = person
      this.setData(
        { form: { staffId, isMe, name, role, limit: yuanOf(refundLimitFen ?? 0), problem: '' }, code: '' },
        () =>
          // The form stands below everybody.
          wx.pageScrollTo({ selector: '#form' }),
      )
    },
    onName(event: WechatMiniprogram.Input): void {
      this.setData({ 'form.name': event.detail.value, 'form.problem': '' })
    },
    onLimit(event: WechatMiniprogram.Input): void {
      this.setData({ 'form.limit': event.detail.value, 'form.problem': '' })
    },
    onRole(event: WechatMiniprogram.TouchEvent<object, object, { value: Role }>): void {
      this.setData({ 'form.role': event.currentTarget.dataset.value, 'form.problem': '' })
    },
    onCancel(): void {
      this.setData({ form: null })
    },
    async onSave(): Promise<void> {
      const { form } = this.data
      if (!form) return
      const name = form.name.trim()
      const limitFen = form.role === 'operator' ? fenOf(form.limit) : undefined
      const problem =
        name === '' ? t.nameFirst : form.role === 'operator' && !form.isMe && !limitFen ? t.wrongLimit : ''
      if (problem !== '') {
        this.setData({ 'form.problem': problem })
        return
      }
      const place = { role: form.role, name, ...(limitFen && { refundLimitFen: limitFen }) }
      await this.perform(async () => {
        const { staffId } = form
        const wish = form.isMe
          ? { rename: name }
          : staffId === ''
            ? { invite: place }
            : { change: { staffId, ...place } }
        const done = await act('staff', wish)
        this.show(done)
        this.setData({ form: null, code: done.code ?? '' })
        // A code stands above everybody.
        if (staffId === '') wx.pageScrollTo({ scrollTop: 0 })
        else wx.showToast({ title: t.done, icon: 'success' })
      })
    },
    async onRemove(event: WechatMiniprogram.TouchEvent<object, object, { id: string; name: string }>): Promise<void> {
      const { id, name } = event.currentTarget.dataset
      await this.perform(async () => {
        const confirm = await agreed({
          title: t.removeTitle,
          content: t.removeText(name),
          confirmText: t.remove,
        })
        if (confirm) this.show(await act('staff', { remove: id }))
      })
    },
    async onWithdraw(event: WechatMiniprogram.TouchEvent<object, object, { id: string }>): Promise<void> {
      const { id } = event.currentTarget.dataset
      await this.perform(async () => {
        const confirm = await agreed({
          title: t.withdraw,
          content: t.withdrawText,
          confirmText: t.withdraw,
        })
        if (confirm) this.show(await act('staff', { withdraw: id }))
      })
    },
    onCopy(): void {
      copy(this.data.code)
    },
    async perform(work: () => Promise<void>): Promise<void> {
      await once(this, 'deed', work, async (code) => {
        wx.showToast({ title: adminMessages.errors[code], icon: 'none' })
        await this.load()
      })
    },
  },
})

// The shop's staff, for owners: roles and limits, invites by one-time code, changes and removals.

import type { AdminResults } from '../../../../cloudfunctions/shared/api/admin'
import { moneyText } from '../../../money'
import { beijingMinute } from '../../../rules/beijing'
import { majorText } from '../../../rules/money'
import { longest } from '../../../rules/terms'
import type { PlaceState, Tap } from '../backOffice'
import { detailPage } from '../detailPage'
import { agreed } from '../dialogs'
import { adminMessages } from '../messages'
import { act, ask } from '../service'
import { browserName } from '../sessions/messages'
import { fenOf } from '../texts'
import { t } from './messages'

type People = AdminResults['staff']
type Person = People['people'][number]
type Role = Person['role']

interface Form {
  /** Id of the staff member; empty while the form makes an invite. */
  staffId: string
  /** true: the form is about the current user, who can change only their own name. */
  isMe: boolean
  name: string
  role: Role
  limit: string
  problem: string
}

const rowOf = ({ staffId, name, role, refundLimitFen, isMe, sessions }: Person) => ({
  staffId,
  name: name || t.nameless,
  role: adminMessages.roles[role],
  text: { operator: t.limit(moneyText(refundLimitFen ?? 0, 'CNY')), owner: t.noLimit, viewer: '' }[role],
  isMe,
  sessions: sessions.map((session) => ({
    id: session.id,
    name: browserName(session),
    used: t.used(beijingMinute(session.usedAt)),
  })),
})

const inviteOf = ({ staffId, name, role, expiresAt }: People['invites'][number]) => ({
  staffId,
  name,
  role: adminMessages.roles[role],
  text: t.until(beijingMinute(expiresAt)),
})

detailPage({
  title: adminMessages.pages.staff,
  data: {
    t,
    longest,
    roles: (['operator', 'viewer', 'owner'] as const).map((value) => ({ value, label: t.roles[value] })),
    rows: [] as ReturnType<typeof rowOf>[],
    invites: [] as ReturnType<typeof inviteOf>[],
    form: null as Form | null,
    code: '',
  },
  fields: () => ({ people: [] as Person[] }),
  read: (): Promise<People> => ask('staff', { list: true }),
  show({ people, invites }): PlaceState {
    this.people = people
    this.setData({ rows: people.map(rowOf), invites: invites.map(inviteOf) })
    return 'ready'
  },
  methods: {
    onInvite(): void {
      this.setData({
        form: { staffId: '', isMe: false, name: '', role: 'operator', limit: '200.00', problem: '' },
        code: '',
      })
    },
    onChange({ currentTarget }: Tap<{ id: string }>): void {
      const person = this.people.find(({ staffId }) => staffId === currentTarget.dataset.id)
      if (!person) return
      const { staffId, isMe, name, role, refundLimitFen } = person
      const form = { staffId, isMe, name, role, limit: majorText(refundLimitFen ?? 0), problem: '' }
      // The form is below the list of staff, so scroll down to it.
      this.setData({ form, code: '' }, () => wx.pageScrollTo({ selector: '#form' }))
    },
    /** Stores a typed or chosen value of the form. */
    onEdit({ currentTarget, detail }: Tap<{ name: 'name' | 'role' | 'limit'; value?: string }>): void {
      const { name, value } = currentTarget.dataset
      this.setData({ [`form.${name}`]: value ?? detail.value, 'form.problem': '' })
    },
    onCancel(): void {
      this.setData({ form: null })
    },
    async onSave(): Promise<void> {
      const { form } = this.data
      if (!form) return
      const { staffId, isMe, role } = form
      const name = form.name.trim()
      const limitFen = role === 'operator' ? fenOf(form.limit) : undefined
      const problem = name === '' ? t.nameFirst : role === 'operator' && !isMe && !limitFen ? t.wrongLimit : ''
      if (problem !== '') return this.setData({ 'form.problem': problem })
      const place = { role, name, ...(limitFen && { refundLimitFen: limitFen }) }
      await this.perform('save', async () => {
        const stored = staffId === '' ? { invite: place } : { change: { staffId, ...place } }
        const done = await act('staff', isMe ? { rename: name } : stored)
        this.showNew(done)
        this.setData({ form: null, code: done.code ?? '' })
        // The invite code is shown above the list, so scroll up to it.
        if (staffId === '') wx.pageScrollTo({ scrollTop: 0 })
        else wx.showToast({ title: t.done, icon: 'success' })
      })
    },
    async onRemove({ currentTarget }: Tap<{ id: string; name: string }>): Promise<void> {
      const { id, name } = currentTarget.dataset
      await this.perform('remove', async () => {
        const question = { title: t.removeTitle, content: t.removeText(name), confirmText: t.remove }
        if (await agreed(question)) this.showNew(await act('staff', { remove: id }))
      })
    },
    async onSignOut({ currentTarget }: Tap<{ id: string; name: string; browser: string }>): Promise<void> {
      const { id, name, browser } = currentTarget.dataset
      await this.perform('signOut', async () => {
        const question = { title: t.signOutTitle, content: t.signOutText(name, browser), confirmText: t.signOut }
        if (await agreed(question)) this.showNew(await act('staff', { endSession: id }))
      })
    },
    async onWithdraw({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      await this.perform('withdraw', async () => {
        const question = { title: t.withdraw, content: t.withdrawText, confirmText: t.withdraw }
        if (await agreed(question)) this.showNew(await act('staff', { withdraw: currentTarget.dataset.id }))
      })
    },
  },
})

// Entry file of the back office in a browser. It shows the mini-program's own pages to a staff member who has signed
// in.
import type { Guest } from '../packages/miniprogram-web/src/browser/guest'
import { showAccount } from './admin/account'
import { callAsStaff } from './admin/call'
import { installDrop } from './admin/drop'
import { installKeys } from './admin/keyboard'
import { signIn } from './admin/signIn'
import { createMembers } from './wx/members'
import { openSession, type StaffMember } from './wx/session'

let member: StaffMember | undefined

export const guest: Guest = {
  members: createMembers(callAsStaff),
  async ready() {
    const { staff } = await openSession().catch(() => ({ staff: null }))
    member = staff ?? (await signIn())
  },
  mount(phone) {
    document.body.append(phone)
    if (member) showAccount(phone, member)
    installKeys(phone)
    installDrop()
  },
}

// At the end of the navigation bar: the name of the signed-in staff member, a print button and the sign-out button.
import { h } from '../../packages/miniprogram-web/src/browser/element'
import type { StaffMember } from '../wx/session'
import { signOut } from './call'
import { t } from './messages'

export function showAccount(phone: HTMLElement, { name, role }: StaffMember): void {
  const button = h('button', { type: 'button', onclick: leave }, t.signOut)
  async function leave(): Promise<void> {
    button.disabled = true
    try {
      await signOut()
    } catch {
      button.disabled = false
      button.textContent = t.notSignedOut
    }
  }
  const print = h('button', { type: 'button', class: 'account__print', onclick: () => window.print() }, t.print)
  const title = name === '' ? t.roles[role] : `${name} · ${t.roles[role]}`
  phone.querySelector('.host-bar')?.append(h('div', { class: 'account' }, h('span', {}, title), print, button))
}

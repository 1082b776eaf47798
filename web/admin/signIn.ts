// The staff sign-in of a browser: shows a code, which the staff member confirms in the mini-program. The browser polls
// every two seconds for the confirmation.
import { BackendError, post } from '../../packages/miniprogram-web/src/browser/call'
import { h } from '../../packages/miniprogram-web/src/browser/element'
import { openSession, reopenSession, type StaffMember } from '../wx/session'
import { t } from './messages'

interface Begun {
  code: string
  picture?: string
  lastsMs: number
}

const askEveryMs = 2_000
const waitMs = 10_000

/** Shows the sign-in until a staff member has signed in. */
export async function signIn(): Promise<StaffMember> {
  const view = createView()
  document.body.append(view.element)
  document.title = t.title
  for (;;) {
    const staff = await oneCode(view)
    if (staff) {
      view.element.remove()
      return staff
    }
  }
}

type View = ReturnType<typeof createView>

/**
 * Shows one sign-in code until it is confirmed or expires. After a failure, waits until the user asks for a new code,
 * and then returns undefined.
 */
async function oneCode(view: View): Promise<StaffMember | undefined> {
  view.say(t.waiting)
  try {
    await openSession()
    const begun = (await post('/web/staff/begin', {}, waitMs)) as Begun
    view.show(begun)
    const problem = await untilUsed(view, begun)
    if (problem === undefined) return (await reopenSession()).staff ?? undefined
    await view.end(problem)
  } catch (error) {
    const isTooMany = error instanceof BackendError && error.message.startsWith('429 ')
    await view.end(isTooMany ? t.tooMany : t.failed)
  }
  return undefined
}

/**
 * Polls until staff confirm the code. @returns undefined when confirmed; otherwise the reason why the code has ended
 */
async function untilUsed(view: View, { lastsMs }: Begun): Promise<string | undefined> {
  const endsAt = performance.now() + lastsMs
  for (let leftMs = lastsMs; leftMs > 0; leftMs = endsAt - performance.now()) {
    view.say(t.left(Math.ceil(leftMs / 1_000)))
    await new Promise((done) => setTimeout(done, askEveryMs))
    // A lost answer needs no special care: if staff have confirmed the code, the next answer says so.
    const answer = await post('/web/staff/poll', {}, waitMs).catch(() => undefined)
    const { state } = (answer ?? {}) as { state?: string }
    if (state === 'done') return undefined
    if (state === 'lost') return t.noCookie
    if (state === 'over') return t.over
  }
  return t.over
}

function createView() {
  const picture = h('img', { alt: t.picture, width: 240, height: 240, hidden: true })
  const code = h('output', { class: 'sign-in__code', 'aria-label': t.code })
  const said = h('p', { role: 'status' })
  const again = h('button', { type: 'button', hidden: true }, t.refresh)
  const steps = h('ol', {}, ...t.steps.map((step) => h('li', {}, step)))
  const element = h(
    'main',
    { class: 'sign-in' },
    h('h1', {}, t.title),
    h(
      'div',
      { class: 'sign-in__columns' },
      h('div', {}, picture, code, said, again),
      h('div', {}, steps, h('p', {}, t.safety)),
    ),
  )
  return {
    element,
    say(text: string): void {
      said.textContent = text
    },
    show(begun: Begun): void {
      picture.hidden = begun.picture === undefined
      if (begun.picture !== undefined) picture.src = begun.picture
      code.textContent = begun.code.replace(/(?<=^.{4})/, ' ')
      element.classList.remove('sign-in--over')
    },
    /** Shows why the code has ended, and waits until the user presses the button for a new code. */
    end(problem: string): Promise<void> {
      said.textContent = problem
      element.classList.add('sign-in--over')
      again.hidden = false
      again.focus()
      return new Promise((resolve) => {
        again.onclick = () => {
          again.hidden = true
          resolve()
        }
      })
    },
  }
}

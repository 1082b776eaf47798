// WeChat's privacy check (小程序隐私协议开发指南): the interfaces that handle personal data wait until the user agrees to
// the shop's privacy guide. The address chooses how far the user is: `privacy=ask` or `privacy=undeclared`.
import { openModal } from './phone/dialogs'
import { session } from './session'
import { words } from './words'

type Event = 'exposureAuthorization' | 'agree' | 'disagree'
type Resolve = (answer: { event: Event; buttonId?: string }) => void
export type PrivacyListener = (resolve: Resolve, about: { referrer: string }) => void

/** Why a call was refused, with WeChat's numbers. */
export class PrivacyRefused extends Error {
  constructor(
    message: string,
    readonly errno: number,
  ) {
    super(message)
  }
}

export interface PrivacyCheck {
  /** Waits until the user agrees. @throws PrivacyRefused */
  pass(referrer: string): Promise<void>
  needsAuthorization(): boolean
  /** As in WeChat, only the last listener counts; with one, WeChat shows no question of its own. */
  listen(listener: PrivacyListener): void
  /** The user tapped a button with open-type agreePrivacyAuthorization. */
  tapped(buttonId: string): void
}

// Kept until the tab is closed, so that a reload finds what the user agreed to.
const key = () => `privacy:${session.identity.openid}`

function hasAgreed(): boolean {
  try {
    return sessionStorage.getItem(key()) === 'agreed'
  } catch {
    return false
  }
}

function agree(): void {
  try {
    sessionStorage.setItem(key(), 'agreed')
  } catch {
    // A browser that stores nothing asks again.
  }
}

export function createPrivacyCheck(): PrivacyCheck {
  let listener: PrivacyListener | undefined
  let tappedButton: string | undefined
  const needs = () => session.privacy === 'ask' && !hasAgreed()

  /** The question of the mini-program, or without a listener the one of WeChat itself. */
  const ask = async (referrer: string): Promise<boolean> => {
    if (!listener) {
      const text = { title: words.privacyTitle, content: words.privacyText }
      return (await openModal({ ...text, cancelText: words.refuse, confirmText: words.agree })).confirm
    }
    const asking = listener
    return new Promise((done) =>
      asking(
        ({ event, buttonId }) => {
          if (event === 'exposureAuthorization') return
          // WeChat takes the answer only from a tap on the button that is meant for it.
          if (event === 'agree' && buttonId !== tappedButton)
            console.error(
              'onNeedPrivacyAuthorization: agree needs the id of the tapped agreePrivacyAuthorization button',
            )
          done(event === 'agree' && buttonId !== undefined && buttonId === tappedButton)
        },
        { referrer },
      ),
    )
  }

  return {
    needsAuthorization: needs,
    listen(one) {
      listener = one
    },
    tapped(buttonId) {
      tappedButton = buttonId
    },
    async pass(referrer) {
      if (session.privacy === 'undeclared')
        throw new PrivacyRefused('api scope is not declared in the privacy agreement', 112)
      if (!needs()) return
      if (!(await ask(referrer))) throw new PrivacyRefused('privacy permission is not authorized', 104)
      agree()
    },
  }
}

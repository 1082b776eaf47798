// Plays WeChat's privacy check (小程序隐私协议开发指南): calls that handle personal data wait until the user agrees to the shop's
// privacy guide. Parameters of the page's address: with `privacy=ask` the user has not agreed yet; with
// `privacy=undeclared` the guide does not mention the interface, so WeChat refuses the call.
import { openModal } from './phone/dialogs'
import { session } from './session'
import { words } from './words'

type Event = 'exposureAuthorization' | 'agree' | 'disagree'
type Resolve = (answer: { event: Event; buttonId?: string }) => void
export type PrivacyListener = (resolve: Resolve, about: { referrer: string }) => void

/** The error of a call that the privacy check refused, with WeChat's error number. */
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
  /**
   * Registers the mini-program's own privacy question. As in WeChat, only the last listener counts, and WeChat's own
   * question then does not show.
   */
  listen(listener: PrivacyListener): void
  /** The user tapped a button with open-type agreePrivacyAuthorization. */
  tapped(buttonId: string): void
}

// Stores the consent until the tab is closed, so that a reload does not ask again.
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
    // If the browser stores nothing, ask again next time.
  }
}

export function createPrivacyCheck(): PrivacyCheck {
  let listener: PrivacyListener | undefined
  let tappedButton: string | undefined
  const needs = () => session.privacy === 'ask' && !hasAgreed()

  /** Asks the user: through the mini-program's listener if there is one, otherwise with WeChat's own question. */
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
          // As in WeChat, "agree" counts only after a tap on the agreePrivacyAuthorization button with this id.
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

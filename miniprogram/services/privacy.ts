// WeChat's privacy check: a WeChat call that handles personal data waits until the user has agreed to the shop's
// privacy guide. Our own sheet (components/privacy-sheet) asks the user. docs/privacy.md lists the calls that we use.

/**
 * `privacyRefused`: the user did not agree to the privacy guide. `privacyUndeclared`: the shop's privacy guide does not
 * mention what the interface handles.
 */
export type PrivacyRefusal = 'privacyRefused' | 'privacyUndeclared'

/**
 * Whether WeChat's privacy check refused a call, by WeChat's error number: 103 and 104 if the user did not agree, 112
 * and 1025 if the privacy guide does not declare the interface. Older versions of WeChat give only a text.
 * @param error the error of the WeChat call
 */
export function privacyRefusalOf(error: unknown): PrivacyRefusal | undefined {
  const { errMsg, errno } = (error ?? {}) as { errMsg?: unknown; errno?: unknown }
  const text = typeof errMsg === 'string' ? errMsg : ''
  if (errno === 112 || errno === 1025 || /privacy agreement|privacy api banned/i.test(text)) return 'privacyUndeclared'
  return errno === 103 || errno === 104 || /privacy/i.test(text) ? 'privacyRefused' : undefined
}

/** The user's answer: the id of the button with which the user agreed, or null for a refusal. */
type Answer = (buttonId: string | null) => void

/**
 * Shows the privacy question on a page.
 * @param referrer name of the WeChat interface that waits for the answer, such as `setClipboardData`
 */
type Sheet = (referrer: string) => void

const sheets: Sheet[] = []
let waiting: Answer[] = []

/** Registers the privacy sheet of the page that is on screen. */
export function placeSheet(sheet: Sheet): void {
  dropSheet(sheet)
  sheets.push(sheet)
}

export function dropSheet(sheet: Sheet): void {
  const at = sheets.indexOf(sheet)
  if (at >= 0) sheets.splice(at, 1)
}

/** Passes the user's answer to all WeChat calls that wait. */
export function answerPrivacy(buttonId: string | null): void {
  const answers = waiting
  waiting = []
  for (const answer of answers) answer(buttonId)
}

/** Makes WeChat show our sheet instead of its own privacy question. Older versions of WeChat have no privacy check. */
export function openPrivacy(): void {
  if (!wx.onNeedPrivacyAuthorization) return
  // The installed types lack the listener's second argument and the field `buttonId` of the answer.
  type Listen = (
    listener: (
      resolve: (answer: { event: 'exposureAuthorization' | 'agree' | 'disagree'; buttonId?: string }) => void,
      about: { referrer?: string } | undefined,
    ) => void,
  ) => void
  const listen = wx.onNeedPrivacyAuthorization as unknown as Listen
  listen((resolve, about) => {
    const sheet = sheets[sheets.length - 1]
    if (!sheet) return resolve({ event: 'disagree' })
    waiting.push((buttonId) => resolve(buttonId === null ? { event: 'disagree' } : { event: 'agree', buttonId }))
    resolve({ event: 'exposureAuthorization' })
    sheet(about?.referrer ?? '')
  })
}

/** The name of the shop's privacy guide; empty if WeChat does not give it. */
export const privacyGuideName = (): Promise<string> =>
  new Promise((resolve) => {
    if (!wx.getPrivacySetting) return resolve('')
    wx.getPrivacySetting({
      success: ({ privacyContractName }) => resolve(privacyContractName),
      fail: () => resolve(''),
    })
  })

/** Opens the shop's privacy guide in WeChat. */
export function openPrivacyGuide(): void {
  wx.openPrivacyContract({})
}

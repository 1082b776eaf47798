// The sheet that asks the user to agree to the shop's privacy guide. Each page that calls an interface of WeChat's
// privacy check contains this sheet. It is invisible until such a call needs the user's consent.
import type { PageWith } from '../../componentWith'
import { messages } from '../../messages'
import { answerPrivacy, dropSheet, openPrivacyGuide, placeSheet, privacyGuideName } from '../../services/privacy'

const t = messages.privacy
const purposes = new Map(Object.entries(t.purposes))

interface Fields extends WechatMiniprogram.IAnyObject {
  /**
   * Opens the sheet of this page. The page registers this function in services/privacy.ts and later removes the same
   * function, so the function must not be made again.
   */
  ask(referrer: string): void
}

;(Component as PageWith<Fields>)({
  options: { styleIsolation: 'isolated' },
  data: { t, isOpen: false, text: '', guide: t.guide },
  lifetimes: {
    attached() {
      this.ask = (referrer: string) => this.open(referrer)
      placeSheet(this.ask)
    },
    detached() {
      dropSheet(this.ask)
      // The user closed the page without an answer. Treat the closing as a refusal, so that the waiting WeChat calls
      // end.
      if (this.data.isOpen) answerPrivacy(null)
    },
  },
  pageLifetimes: {
    show() {
      placeSheet(this.ask)
    },
  },
  methods: {
    open(referrer: string): void {
      this.setData({ isOpen: true, text: purposes.get(referrer) ?? t.otherPurpose })
      void privacyGuideName().then((name) => this.setData({ guide: name || t.guide }))
    },
    onAgree(): void {
      this.setData({ isOpen: false })
      answerPrivacy('privacy-agree')
    },
    onRefuse(): void {
      this.setData({ isOpen: false })
      answerPrivacy(null)
    },
    onGuide(): void {
      openPrivacyGuide()
    },
    onStill(): void {},
  },
})

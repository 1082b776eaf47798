// Asks the user to agree to the shop's privacy guide. It stands on every page that uses an interface of WeChat's privacy
// check, and is invisible until such an interface waits.
import type { PageWith } from '../../componentWith'
import { messages } from '../../messages'
import { answerPrivacy, dropSheet, openPrivacyGuide, placeSheet, privacyGuideName } from '../../services/privacy'

const t = messages.privacy
const purposes = new Map(Object.entries(t.purposes))

interface Fields extends WechatMiniprogram.IAnyObject {
  /** what is registered for this page, the same function each time */
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
      // A page that is closed takes its question with it; the calls that wait must still end.
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

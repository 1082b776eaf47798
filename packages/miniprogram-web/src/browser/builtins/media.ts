// The built-in components image, scroll-view and swiper.
import { type Definition, elementOf, foundElement, type Instance, text } from '../instance'
import { assetUrl } from './assets'

export const image: Definition = {
  properties: {
    src: String,
    mode: { type: String, value: 'scaleToFill' },
    lazyLoad: Boolean,
    showMenuByLongpress: Boolean,
  },
  data: { url: '' },
  observers: {
    src(this: Instance, source: string) {
      this.setData({ url: assetUrl(this, source) })
    },
    mode(this: Instance, mode: string) {
      elementOf(this).setAttribute('mode', mode)
    },
  },
  lifetimes: {
    attached(this: Instance) {
      elementOf(this).setAttribute('mode', text(this.data.mode))
      this.setData({ url: assetUrl(this, text(this.data.src)) })
    },
  },
  methods: {
    onLoad(this: Instance) {
      // If the user left the page while the picture loaded, the component has no element any more.
      const picture = foundElement(this)?.querySelector('img')
      if (picture) this.triggerEvent('load', { width: picture.naturalWidth, height: picture.naturalHeight })
    },
    onError(this: Instance) {
      this.triggerEvent('error', { errMsg: `GET ${text(this.data.src)} failed` })
    },
  },
}

function showScrolling(self: Instance): void {
  const { style } = elementOf(self)
  style.overflowX = self.data.scrollX ? 'auto' : 'hidden'
  style.overflowY = self.data.scrollY ? 'auto' : 'hidden'
}

export const scrollView: Definition = {
  properties: {
    scrollX: Boolean,
    scrollY: Boolean,
    scrollTop: null,
    scrollLeft: null,
    scrollIntoView: String,
    upperThreshold: { type: null, value: 50 },
    lowerThreshold: { type: null, value: 50 },
    scrollWithAnimation: Boolean,
    enableFlex: Boolean,
    enhanced: Boolean,
    showScrollbar: Boolean,
  },
  observers: {
    'scrollX, scrollY'(this: Instance) {
      showScrolling(this)
    },
    scrollTop(this: Instance, top: unknown) {
      if (top !== null && top !== undefined) elementOf(this).scrollTop = Number(top)
    },
    scrollLeft(this: Instance, left: unknown) {
      if (left !== null && left !== undefined) elementOf(this).scrollLeft = Number(left)
    },
    scrollIntoView(this: Instance, id: string) {
      if (!id) return
      setTimeout(() =>
        foundElement(this)
          ?.querySelector(`#${CSS.escape(id)}`)
          ?.scrollIntoView({ block: 'nearest' }),
      )
    },
  },
  lifetimes: {
    attached(this: Instance) {
      showScrolling(this)
      const element = elementOf(this)
      let atEnd = false
      let atStart = true
      element.addEventListener('scroll', () => {
        const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = element
        this.triggerEvent('scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth })
        const vertical = this.data.scrollY === true
        const before = vertical ? scrollTop : scrollLeft
        const after = vertical ? scrollHeight - clientHeight - scrollTop : scrollWidth - clientWidth - scrollLeft
        const isAtEnd = after <= Number(this.data.lowerThreshold)
        const isAtStart = before <= Number(this.data.upperThreshold)
        if (isAtEnd && !atEnd) this.triggerEvent('scrolltolower', { direction: vertical ? 'bottom' : 'right' })
        if (isAtStart && !atStart) this.triggerEvent('scrolltoupper', { direction: vertical ? 'top' : 'left' })
        atEnd = isAtEnd
        atStart = isAtStart
      })
    },
  },
}

interface Swiper extends Instance {
  stop?: () => void
}

const trackOf = (self: Instance) => elementOf(self).querySelector<HTMLElement>('.host-track')

function slideTo(self: Instance, index: number): void {
  const track = trackOf(self)
  track?.scrollTo({ left: index * track.clientWidth, behavior: 'smooth' })
}

export const swiper: Definition = {
  properties: {
    indicatorDots: Boolean,
    autoplay: Boolean,
    interval: { type: Number, value: 5000 },
    duration: Number,
    current: Number,
    circular: Boolean,
    vertical: Boolean,
  },
  data: { count: [], shown: 0 },
  observers: {
    current(this: Instance, index: number) {
      setTimeout(() => slideTo(this, index))
    },
  },
  lifetimes: {
    attached(this: Swiper) {
      const track = trackOf(this)
      if (!track) return
      const slides = () => track.querySelectorAll(':scope > wx-swiper-item').length
      const count = () => this.setData({ count: Array.from({ length: slides() }, (_, index) => index) })
      const watcher = new MutationObserver(count)
      watcher.observe(track, { childList: true })
      count()
      track.addEventListener('scroll', () => {
        const current = Math.round(track.scrollLeft / (track.clientWidth || 1))
        if (current === this.data.shown) return
        this.setData({ shown: current })
        this.triggerEvent('change', { current, source: 'touch' })
      })
      const timer = setInterval(() => {
        if (this.data.autoplay && slides() > 0) slideTo(this, (Number(this.data.shown) + 1) % slides())
      }, Number(this.data.interval))
      this.stop = () => {
        clearInterval(timer)
        watcher.disconnect()
      }
    },
    detached(this: Swiper) {
      this.stop?.()
    },
  },
}

export const swiperItem: Definition = { properties: { itemId: String } }

// Pulling a page down to refresh it: with a finger, with the mouse, or with a button that shows when it has the
// keyboard focus.
import { h } from '../element'
import { words } from '../words'

const farEnough = 60
const restingPlace = 50

export interface Pull {
  start(): void
  stop(): void
}

export function installPull(area: HTMLElement, scroller: HTMLElement, onRefresh: () => void): Pull {
  const dots = h('div', { class: 'host-refresh', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'))
  const key = h(
    'button',
    { class: 'host-refresh-key', type: 'button', onclick: () => pull.start() },
    words.pullToRefresh,
  )
  area.prepend(key, dots)
  let from: { x: number; y: number } | undefined
  let distance = 0
  let isRefreshing = false

  function move(to: number): void {
    distance = to
    scroller.style.top = to > 0 ? `${to}px` : ''
    dots.classList.toggle('host-on', to > 0)
  }
  const pull: Pull = {
    start() {
      if (isRefreshing) return
      isRefreshing = true
      area.setAttribute('aria-busy', 'true')
      scroller.scrollTop = 0
      move(restingPlace)
      onRefresh()
    },
    stop() {
      isRefreshing = false
      area.removeAttribute('aria-busy')
      move(0)
    },
  }
  const press = (x: number, y: number) => {
    from = scroller.scrollTop <= 0 && !isRefreshing ? { x, y } : undefined
  }
  const drag = (event: Event, x: number, y: number) => {
    if (!from) return
    const down = y - from.y
    if (distance === 0 && (down < 10 || Math.abs(x - from.x) > down)) {
      if (down < 0 || Math.abs(x - from.x) > 10) from = undefined
      return
    }
    if (event.cancelable) event.preventDefault()
    move(Math.max(1, Math.min(120, down / 1.5)))
  }
  const release = () => {
    if (!from) return
    from = undefined
    if (distance >= farEnough) pull.start()
    else if (!isRefreshing) move(0)
  }
  const firstTouch = (event: TouchEvent) => event.touches[0]
  scroller.addEventListener('touchstart', (event) => {
    const touch = firstTouch(event)
    if (touch) press(touch.clientX, touch.clientY)
  })
  scroller.addEventListener(
    'touchmove',
    (event) => {
      const touch = firstTouch(event)
      if (touch) drag(event, touch.clientX, touch.clientY)
    },
    { passive: false },
  )
  for (const name of ['touchend', 'touchcancel'] as const) scroller.addEventListener(name, release)
  scroller.addEventListener('mousedown', (event) => {
    if (event.button === 0 && !(event.target as HTMLElement).closest('input, textarea, select')) {
      press(event.clientX, event.clientY)
    }
  })
  // Listen on the window, because the mouse may leave the page during the drag. The listeners end with the page.
  const onMove = (event: MouseEvent) => {
    if (!area.isConnected) return forget()
    drag(event, event.clientX, event.clientY)
  }
  const forget = () => {
    window.removeEventListener('mousemove', onMove)
    window.removeEventListener('mouseup', release)
  }
  window.addEventListener('mousemove', onMove)
  window.addEventListener('mouseup', release)
  return pull
}

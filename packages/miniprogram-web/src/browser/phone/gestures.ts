// Gestures that glass-easel does not handle: long presses, hover classes, disabled buttons, and taps by keyboard.
import { type HostElement, triggerFrom } from '../instance'

const longPress = 350
const hoverTime = 150

export function installGestures(phone: HTMLElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  // Listen on the window, because glass-easel's capture listeners on the body would otherwise run first.
  for (const name of ['mousedown', 'touchstart']) {
    window.addEventListener(
      name,
      (event) => {
        const target = event.target
        if (!(target instanceof HTMLElement) || !phone.contains(target)) return
        if (target.closest('wx-button[disabled]')) {
          event.stopPropagation()
          return
        }
        clearTimeout(timer)
        timer = setTimeout(() => triggerFrom(target, 'longpress'), longPress)
        for (let at: HTMLElement | null = target; at && at !== phone; at = at.parentElement) {
          const { hover } = at as HostElement
          if (!hover) continue
          hover(true)
          setTimeout(() => hover(false), hoverTime)
          break
        }
      },
      true,
    )
  }
  for (const name of ['mouseup', 'touchend', 'touchmove', 'touchcancel']) {
    window.addEventListener(name, () => clearTimeout(timer), true)
  }
  phone.addEventListener('keydown', (event) => {
    const target = event.target as HostElement
    if (event.key !== 'Enter' && event.key !== ' ') return
    if (!target.__wxElement || target.__plain || target.matches('[disabled], [aria-disabled="true"]')) return
    event.preventDefault()
    triggerFrom(target, 'tap', { x: 0, y: 0 })
  })
}

// Links of a website: an element with aria-role="link" and an address in data-url. Over the link to a page lies a real
// link, so that the browser shows where it leads, copies its address, and opens it in another tab; a plain click is the
// mini-program's. The link to another website is followed, which a mini-program cannot do.
import { h } from '../element'
import type { HostElement } from '../instance'

const isLink = (target: EventTarget | null): boolean => target instanceof Element && target.matches('.host-link')

const isPlain = ({ button, ctrlKey, metaKey, shiftKey }: MouseEvent): boolean =>
  button === 0 && !ctrlKey && !metaKey && !shiftKey

/** @param hrefOf where a page's address leads in this website; undefined: nowhere */
export function installLinks(phone: HTMLElement, hrefOf: (url: string) => string | undefined): void {
  phone.addEventListener('pointerover', ({ target, pointerType }) => {
    if (pointerType !== 'touch' && target instanceof Element)
      cover(target.closest<HostElement>('[role="link"]'), hrefOf)
  })
  window.addEventListener(
    'click',
    (event) => {
      const element = event.target instanceof Element ? event.target.closest<HostElement>('[role="link"]') : null
      const url = element && phone.contains(element) ? element.__wxElement?.dataset.url : undefined
      if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !isPlain(event)) return
      event.stopPropagation()
      location.assign(url)
    },
    true,
  )
  // On the window, because glass-easel listens on the body in the capture phase and would hear a tap.
  for (const type of ['mousedown', 'mouseup', 'click', 'auxclick'] as const)
    window.addEventListener(
      type,
      (event) => {
        if (!isLink(event.target)) return
        if (!isPlain(event)) event.stopPropagation()
        else if (type === 'click') event.preventDefault()
      },
      true,
    )
}

/** Puts a real link over a link to a page. */
function cover(element: HostElement | null, hrefOf: (url: string) => string | undefined): void {
  const url = element?.__wxElement?.dataset.url
  // What can be pressed inside must stay on top.
  if (
    !element ||
    typeof url !== 'string' ||
    !url.startsWith('/') ||
    element.querySelector('[role="button"], [role="checkbox"]')
  )
    return
  const href = hrefOf(url)
  const there = element.querySelector<HTMLAnchorElement>(':scope > .host-link')
  if (href === undefined) there?.remove()
  else if (there) there.href = href
  else element.append(h('a', { class: 'host-link', href, tabindex: -1, 'aria-hidden': 'true', draggable: 'false' }))
}

// Makes links of a website work as in any browser. An element with aria-role="link" and data-url gets a real link on
// top, so that the user can see, copy and open the address in another tab. A plain click still goes to the
// mini-program, except for a link to another website, which the browser follows.
import { h } from '../element'
import type { HostElement } from '../instance'

const isLink = (target: EventTarget | null): boolean => target instanceof Element && target.matches('.host-link')

const isPlain = ({ button, ctrlKey, metaKey, shiftKey }: MouseEvent): boolean =>
  button === 0 && !ctrlKey && !metaKey && !shiftKey

/**
 * @param hrefOf returns the path of a page's address in this website; undefined if the website does not have the page
 */
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
  // Listen on the window, because glass-easel's capture listeners on the body would handle the tap first.
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

/** Puts a real link on top of an element that leads to a page. */
function cover(element: HostElement | null, hrefOf: (url: string) => string | undefined): void {
  const url = element?.__wxElement?.dataset.url
  // Put no link over an element that contains buttons, because the buttons must stay on top.
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

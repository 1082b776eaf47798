// Keys of the back office: `/` moves the focus to the page's first field, the arrow keys move it along the page's
// links. Enter opens a link as usual.

const pageOf = (phone: HTMLElement): HTMLElement | null => phone.querySelector('.host-page:not([hidden])')

const isShown = (element: HTMLElement): boolean => element.offsetParent !== null

const linksOf = (page: HTMLElement): HTMLElement[] =>
  [...page.querySelectorAll<HTMLElement>('[role="link"]')].filter(
    (link) => isShown(link) && !link.closest('[role="navigation"]'),
  )

export function installKeys(phone: HTMLElement): void {
  document.addEventListener('keydown', (event) => {
    const page = pageOf(phone)
    // Do nothing while a dialog is open, because a dialog has its own keys. A toast does not count.
    if (
      !page ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      phone.querySelector('.host-layer:not(.host-through)')
    )
      return
    const field = event.target instanceof HTMLElement ? event.target.closest('input, textarea, select') : null
    if (event.key === '/' && !field) toField(page, event)
    else if (event.key === 'Escape' && field instanceof HTMLElement) field.blur()
    else if (event.key === 'ArrowDown' && !field?.matches('textarea, select')) move(page, 1, event)
    else if (event.key === 'ArrowUp' && !field) move(page, -1, event)
  })
}

function toField(page: HTMLElement, event: KeyboardEvent): void {
  const fields = [...page.querySelectorAll<HTMLInputElement>('input:not([disabled])')]
  const field = fields.find((one) => isShown(one) && one.type !== 'checkbox' && one.type !== 'radio')
  if (!field) return
  event.preventDefault()
  field.focus()
  field.select()
}

function move(page: HTMLElement, step: 1 | -1, event: KeyboardEvent): void {
  const links = linksOf(page)
  const at = links.indexOf(document.activeElement as HTMLElement)
  const next = links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)]
  // On a page without links the arrow keys scroll, as the browser does by default.
  if (!next) return
  event.preventDefault()
  next.focus()
  next.scrollIntoView({ block: 'nearest' })
}

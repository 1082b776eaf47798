// The addresses of the document's pages: `pay.html` for computers, `mpay.html` for phones. Systems know them at the root of
// our address; the files lie in the website, and are one page that goes by the browser.
import type { HttpAnswer, RawRequest } from '../../../providers/provider'
import { redirect } from '../answers'

/** Where the page lies. */
export const cashierFolder = '/web/cashier'
export const cashierPage = `${cashierFolder}/pay.html`

// HTTP access may or may not pass on the path of a route; without it the function sees the root.
const atRoot = new Map<string, string>([
  ['/', cashierPage],
  ['/pay.html', cashierPage],
  ['/mpay.html', `${cashierFolder}/mpay.html`],
])

/** Sends a browser on to the page; undefined for another request. It keeps the fragment, which holds the payment. */
export function goToCashier({ method, path }: RawRequest): HttpAnswer | undefined {
  const page = method === 'GET' || method === 'HEAD' ? atRoot.get(path) : undefined
  return page === undefined ? undefined : redirect(page)
}

// The addresses of the cashier's pages in the Unified platform's document: `pay.html` for computers and `mpay.html` for
// phones. Other systems expect them at the root of our address, but the files are part of our website. Both addresses
// lead to the same page, which adapts to the browser.
import type { HttpAnswer, RawRequest } from '../../../providers/provider'
import { redirect } from '../answers'

/** The folder of the cashier's page on our website. */
export const cashierFolder = '/web/cashier'
export const cashierPage = `${cashierFolder}/pay.html`

/**
 * The path to which a provider's page returns. It names the request in short, because the request itself may be too long
 * for the provider; the browser has stored the request.
 */
export const returnPath = (domainCode: string, requestKey: string): string =>
  `${cashierPage}?${new URLSearchParams({ of: `${domainCode}.${requestKey}` })}`

// CloudBase's HTTP access may cut the path of a route off. Then the function sees the root path, so it is listed, too.
const atRoot = new Map<string, string>([
  ['/', cashierPage],
  ['/pay.html', cashierPage],
  ['/mpay.html', `${cashierFolder}/mpay.html`],
])

/**
 * Redirects a browser to the cashier's page; undefined if the request is for something else. The browser keeps the
 * fragment of the address, which contains the payment.
 */
export function goToCashier({ method, path }: RawRequest): HttpAnswer | undefined {
  const page = method === 'GET' || method === 'HEAD' ? atRoot.get(path) : undefined
  return page === undefined ? undefined : redirect(page)
}

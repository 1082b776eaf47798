// `GET pay/api/openid`, called GET_OPENID_URI in the Unified platform's document: sends the browser to WeChat and then
// back to the connected system's address, with the payer's openid or a one-time code for it.
import { isUnder } from '../../../domain/requests/addresses'
import { RequestRefused } from '../../../domain/requests/payErrors'
import type { HttpAnswer, RawRequest } from '../../../providers/provider'
import { redirect } from '../answers'
import { identifyBrowser } from '../browserRoutes'
import { openidFor, withOpenid } from '../openidCode'
import { toWeChat } from '../signIn'
import { cashierFolder } from './cashierPages'
import { assertForm, countRequest, openDomain } from './checkRequest'
import type { Fields, PayContext } from './context'

/**
 * Sends a browser to get its openid.
 * @throws RequestRefused if the address belongs neither to the connected system nor to our cashier
 */
export async function goForOpenid(ctx: PayContext, request: RawRequest, fields: Fields): Promise<HttpAnswer> {
  const domain = await openDomain(ctx, fields.domainCode)
  countRequest(ctx, domain)
  assertForm('GET openid', fields)
  const { backUrl = '' } = fields
  const asked = { ...(await identifyBrowser(ctx, request)), ctx, request, body: {} }
  // We send an openid only to the registered addresses of the connected system. Our own cashier asks for openids on
  // behalf of every connected system, so the cashier's folder is accepted as well.
  if (!isUnder(backUrl, [...domain.origins, `${asked.origin}${cashierFolder}`]))
    throw new RequestRefused('address', { field: 'backUrl' })
  const { officialAccount } = await ctx.shop()
  if (!officialAccount) throw new RequestRefused('payType')
  const { person } = ctx
  if (person?.app === officialAccount.appId) return redirect(withOpenid(backUrl, openidFor(ctx, domain, person.openid)))
  return toWeChat(asked, officialAccount, { back: backUrl, domain: domain._id })
}

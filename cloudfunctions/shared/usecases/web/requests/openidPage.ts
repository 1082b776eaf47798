// `GET pay/api/openid`: the document's GET_OPENID_URI. Sends the browser to WeChat and back to the domain's address, with
// what stands for the payer's openid.
import { isUnder } from '../../../domain/requests/addresses'
import { RequestRefused } from '../../../domain/requests/payErrors'
import type { HttpAnswer, RawRequest } from '../../../providers/provider'
import { redirect } from '../answers'
import { whoAsks } from '../door'
import { openidFor, withOpenid } from '../openidCode'
import { toWeChat } from '../signIn'
import { cashierFolder } from './cashierPages'
import { assertForm, countRequest, openDomain } from './checkRequest'
import type { Fields, PayContext } from './context'

/** @throws RequestRefused for an address that is not the domain's */
export async function goForOpenid(ctx: PayContext, request: RawRequest, fields: Fields): Promise<HttpAnswer> {
  const domain = await openDomain(ctx, fields.domainCode)
  countRequest(ctx, domain)
  assertForm('GET openid', fields)
  const { backUrl = '' } = fields
  const asked = { ...(await whoAsks(ctx, request)), ctx, request, body: {} }
  // Our own cashier asks too, for every domain.
  if (!isUnder(backUrl, [...domain.origins, `${asked.origin}${cashierFolder}`]))
    throw new RequestRefused('address', { field: 'backUrl' })
  const { officialAccount } = await ctx.shop()
  if (!officialAccount) throw new RequestRefused('payType')
  const { person } = ctx
  if (person?.app === officialAccount.appId) return redirect(withOpenid(backUrl, openidFor(ctx, domain, person.openid)))
  return toWeChat(asked, officialAccount, { back: backUrl, domain: domain._id })
}

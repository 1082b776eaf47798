// For all ways to pay except Wechat, the calls `pc/pay` and `h5/pay` return HTML. This file makes the HTML. The pages
// of the Unified platform's document insert it into their own body. It needs no script, because a strict content
// security policy would not run one.

import type { PayType } from '../../../../../miniprogram/rules/terms'
import { AppError } from '../../../domain/errors'
import { payTypeNames } from '../../../domain/requests/payType'

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

/**
 * HTML that leads the browser to an address at once. It also has a link, for browsers that do not follow.
 * @throws ProviderUnavailable
 */
export function goOnPage(address: string): string {
  if (!/^https?:\/\/[!-~]+$/.test(address)) throw new AppError('ProviderUnavailable', 'payInfo is no address')
  const to = escaped(address)
  return `<div><meta http-equiv="refresh" content="0;url=${to}"><a href="${to}" rel="noreferrer" target="_top">继续支付 Go on to pay</a></div>`
}

/** HTML that shows a code to scan. @param image the code as a data URL @throws ProviderUnavailable */
export function scanPage(text: string, image: string | undefined, payType: PayType): string {
  if (image === undefined) throw new AppError('ProviderUnavailable', 'payInfo is too long for a code')
  const { name, nameEn } = payTypeNames[payType]
  return `<figure><img src="${escaped(image)}" alt="${escaped(text)}"><figcaption>${name} ${nameEn}</figcaption></figure>`
}

// The cashier's sentences, in Chinese and English.

export type Language = 'zh' | 'en'

const zh = {
  loading: '正在打开收银台…',
  confirm: '确认付款',
  payTo: '收款方',
  item: '商品',
  ways: '支付方式',
  pay: '支付',
  opening: '正在打开支付…',
  scan: '请用{way}扫码付款',
  code: '{way}付款二维码',
  waiting: '付款后本页会自动更新',
  offline: '网络不稳定，正在重试',
  timedOut: '自动查询已停止。如已付款，请点击“已完成支付”',
  notYet: '暂未收到付款，请稍后再试',
  asking: '正在确认…',
  done: '已完成支付',
  other: '换一种支付方式',
  returned: '请确认支付是否已完成',
  returnedHint: '如已付款，请点击“已完成支付”；如未付款，请继续支付',
  forgotten: '浏览器没有保存 Cookie，这里无法显示支付结果。请返回商户页面查看订单；如已付款，请勿再次支付。',
  again: '继续支付',
  cancelled: '支付已取消，没有扣款',
  failed: '支付未成功，请重试',
  leaving: '正在前往{way}…',
  goOn: '未自动跳转？点击这里',
  paid: '支付成功',
  paidHint: '即将返回{name}',
  closed: '订单已关闭',
  closedHint: '订单已过期或已取消，无法支付。如需购买，请返回{name}重新下单',
  back: '返回{name}',
  refused: '无法付款',
  restart: '请返回商户页面，重新发起付款',
  callMerchant: '请联系商户',
  errorCode: '错误码 {code}',
  noRequest: '链接中没有付款信息',
  noWay: '暂无可用的支付方式',
  onlyInWechat: '请在微信中打开本页付款，或换一台设备',
  inMiniProgram: '小程序内无法使用收银台，请在微信或浏览器中打开本页',
  noCookies: '浏览器没有保存 Cookie，无法使用微信支付。请在设置里允许本站的 Cookie，再刷新本页',
  noBridge: '未能调起微信支付，请关闭本页后重新打开',
  lost: '网络连接失败',
  lostHint: '请检查网络后重试，不会重复扣款',
  retry: '重试',
  framed: '为保障支付安全，请在新页面中打开收银台',
  openFully: '打开收银台',
  otherLanguage: 'English',
}

const en: typeof zh = {
  loading: 'Opening checkout…',
  confirm: 'Confirm your payment',
  payTo: 'Pay to',
  item: 'For',
  ways: 'Payment method',
  pay: 'Pay',
  opening: 'Opening payment…',
  scan: 'Scan with {way} to pay',
  code: 'QR code for {way}',
  waiting: 'This page updates automatically after you pay',
  offline: 'The connection is unstable. Trying again.',
  timedOut: 'We’ve stopped checking automatically. If you’ve paid, tap “I’ve paid”.',
  notYet: 'We haven’t received your payment yet. Please try again shortly.',
  asking: 'Checking…',
  done: 'I’ve paid',
  other: 'Choose another method',
  returned: 'Have you paid?',
  returnedHint: 'If you’ve paid, tap “I’ve paid”. If not, you can continue to payment.',
  forgotten:
    'Your browser isn’t saving cookies, so we can’t show the result here. Please check your order on the merchant’s site, and don’t pay again if you’ve already paid.',
  again: 'Continue to payment',
  cancelled: 'Payment cancelled. You weren’t charged.',
  failed: 'Your payment didn’t go through. Please try again.',
  leaving: 'Taking you to {way}…',
  goOn: 'Not redirected? Tap here to continue',
  paid: 'Payment successful',
  paidHint: 'Taking you back to {name}',
  closed: 'This order is closed',
  closedHint:
    'It expired or was cancelled, so you can’t pay for it. To buy again, go back to {name} and place a new order.',
  back: 'Back to {name}',
  refused: 'Unable to pay',
  restart: 'Please go back to the merchant’s site and start again.',
  callMerchant: 'Please contact the merchant.',
  errorCode: 'Error {code}',
  noRequest: 'This link has no payment details.',
  noWay: 'No payment methods are available here.',
  onlyInWechat: 'Please open this page in WeChat, or pay on another device.',
  inMiniProgram: 'You can’t pay here inside a mini-program. Please open this page in WeChat or in a browser.',
  noCookies:
    'Your browser isn’t saving cookies, so you can’t use WeChat Pay. Please allow cookies for this site and reload the page.',
  noBridge: 'We couldn’t open WeChat Pay. Please close this page and open it again.',
  lost: 'No connection',
  lostHint: 'Please check your network and try again. You won’t be charged twice.',
  retry: 'Try again',
  framed: 'For your security, please open checkout in its own page.',
  openFully: 'Open checkout',
  otherLanguage: '中文',
}

export type Words = typeof zh

export const words: Readonly<Record<Language, Words>> = { zh, en }

type Sentences = Readonly<Record<Language, string>>

/**
 * The sentence that a payer reads for each error code of the served API. docs/integrate.md explains the codes to
 * integrators.
 */
export const errorWords: Readonly<Record<string, Sentences>> = {
  30000: { zh: zh.notYet, en: en.notYet },
  40001: { zh: '付款链接不完整或格式有误', en: 'This payment link is incomplete or invalid.' },
  40002: {
    zh: '付款链接可能已被篡改，为保障资金安全，无法付款',
    en: 'This payment link may have been tampered with, so you can’t pay with it.',
  },
  40003: { zh: '付款信息有误', en: 'We couldn’t read this payment request.' },
  40004: { zh: '付款链接过长', en: 'This payment link is too long.' },
  40005: { zh: '请在微信中打开本页付款', en: 'Please open this page in WeChat to pay.' },
  40006: { zh: '微信登录已过期，请重试', en: 'Your WeChat sign-in has expired. Please try again.' },
  40101: { zh: '付款链接有误或已被篡改', en: 'This payment link is invalid or has been changed.' },
  40301: { zh: '收款方未接入本收银台', en: 'This merchant isn’t registered here.' },
  40302: { zh: '收款方已停止收款', en: 'This merchant no longer accepts payments here.' },
  40303: {
    zh: '付款链接中的网址不属于收款方',
    en: 'This payment link contains an address that doesn’t belong to the merchant.',
  },
  40304: {
    zh: '付款链接中的部分信息未经收款方登记',
    en: 'This payment link doesn’t match the merchant’s settings.',
  },
  40305: {
    zh: '该支付方式暂不可用，请换一种支付方式',
    en: 'This payment method isn’t available. Please choose another one.',
  },
  40401: { zh: '收银台已更新，请刷新本页', en: 'This page has been updated. Please reload it.' },
  40402: { zh: '尚未发起付款', en: 'This payment hasn’t been started.' },
  40501: { zh: '收银台已更新，请重新打开本页', en: 'This page has been updated. Please open it again.' },
  40901: { zh: '该订单号已用于另一笔付款', en: 'This order number has already been used for another payment.' },
  40902: { zh: '正在发起支付，请稍后重试', en: 'Your payment is being prepared. Please try again in a few seconds.' },
  40903: { zh: '订单已支付', en: 'This order has already been paid.' },
  40904: { zh: zh.closed, en: en.closed },
  40905: { zh: zh.failed, en: en.failed },
  42901: { zh: '当前付款人数较多，请稍后再试', en: 'Too many requests right now. Please try again shortly.' },
  50001: { zh: '系统繁忙，请稍后再试', en: 'Something went wrong on our side. Please try again later.' },
  50201: { zh: '支付机构未受理本次付款', en: 'The payment provider declined this payment.' },
  50202: { zh: '暂时无法连接支付机构，请稍后再试', en: 'We couldn’t reach the payment provider. Please try again.' },
}

/** Chinese if the browser is set to Chinese, otherwise English. */
export const browserLanguage = (): Language => (/^zh/i.test(navigator.language) ? 'zh' : 'en')

/** Replaces the placeholders in a sentence, such as {name}. */
export const fill = (sentence: string, names: Readonly<Record<string, string>>): string =>
  sentence.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '')

/** Formats an amount in its currency. @param cents whole fen or cents, as text */
export function money(cents: string, currency: string, language: Language): string {
  const format = new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en', {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  })
  return format.format(Number(cents) / 100)
}

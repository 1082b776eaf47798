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
  timedOut: '已停止自动查询。如果已经付款，请点“已完成支付”',
  notYet: '还没有收到付款，请稍后再试',
  asking: '正在确认…',
  done: '已完成支付',
  other: '换一种支付方式',
  returned: '付款是否已完成？',
  returnedHint: '如果已经付款，请点“已完成支付”；还没有付款，可以继续支付',
  again: '继续支付',
  cancelled: '支付已取消，没有扣款',
  failed: '支付没有成功，可以再试一次',
  leaving: '正在前往{way}…',
  goOn: '没有自动跳转？点这里继续',
  paid: '支付成功',
  paidHint: '即将返回{name}',
  closed: '订单已关闭',
  closedHint: '这笔订单已过期或已取消，不能再支付。需要时请回到{name}重新下单',
  back: '返回{name}',
  refused: '无法付款',
  restart: '请回到商户的页面重新发起付款',
  errorCode: '错误码 {code}',
  noRequest: '这个网址没有付款内容',
  noWay: '这里没有可用的支付方式',
  onlyInWechat: '请在微信中打开本页，或换一台设备付款',
  inMiniProgram: '小程序内不能打开这个收银台，请在微信或浏览器中打开',
  noBridge: '没有连接到微信，请关闭本页后重新打开',
  lost: '网络连接失败',
  lostHint: '请检查网络后重试，不会重复扣款',
  retry: '重试',
  framed: '为了安全，收银台不能嵌在其他网页中',
  openFully: '打开收银台',
  otherLanguage: 'English',
}

const en: typeof zh = {
  loading: 'Opening the cashier…',
  confirm: 'Confirm the payment',
  payTo: 'Pay to',
  item: 'For',
  ways: 'Payment method',
  pay: 'Pay',
  opening: 'Opening the payment…',
  scan: 'Scan with {way} to pay',
  code: 'QR code for {way}',
  waiting: 'This page changes by itself once you have paid',
  offline: 'The connection is unstable. Trying again.',
  timedOut: 'This page no longer checks by itself. If you have paid, press “I have paid”.',
  notYet: 'No payment has arrived yet. Please try again shortly.',
  asking: 'Checking…',
  done: 'I have paid',
  other: 'Choose another method',
  returned: 'Have you paid?',
  returnedHint: 'If you have paid, press “I have paid”. Otherwise you can go on.',
  again: 'Continue to pay',
  cancelled: 'Payment cancelled. Nothing was charged.',
  failed: 'The payment did not succeed. You can try again.',
  leaving: 'Going on to {way}…',
  goOn: 'Nothing happens? Press here to go on',
  paid: 'Payment successful',
  paidHint: 'Going back to {name}',
  closed: 'This order is closed',
  closedHint: 'It has expired or was cancelled and can no longer be paid. You can order again at {name}.',
  back: 'Back to {name}',
  refused: 'This cannot be paid',
  restart: 'Please go back to the merchant’s page and start again.',
  errorCode: 'Error {code}',
  noRequest: 'There is nothing to pay at this address.',
  noWay: 'There is no payment method that works here.',
  onlyInWechat: 'Please open this page in WeChat, or pay on another device.',
  inMiniProgram: 'This cashier does not work inside a mini-program. Please open it in WeChat or in a browser.',
  noBridge: 'WeChat does not answer. Please close this page and open it again.',
  lost: 'No connection',
  lostHint: 'Please check your network and try again. You will not be charged twice.',
  retry: 'Try again',
  framed: 'For your safety the cashier does not open inside another page.',
  openFully: 'Open the cashier',
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
  40001: { zh: '付款链接不完整或格式不正确', en: 'The payment link is incomplete or malformed.' },
  40002: {
    zh: '付款链接的内容可能被改动，为了安全没有打开',
    en: 'The content of the payment link could have been changed, so it was not opened.',
  },
  40003: { zh: '付款请求无法读取', en: 'The payment request cannot be read.' },
  40004: { zh: '付款链接过长', en: 'The payment link is too long.' },
  40005: { zh: '请在微信中打开本页付款', en: 'Please open this page in WeChat to pay.' },
  40006: { zh: '微信身份已过期，请重试', en: 'WeChat’s word on who pays has expired. Please try again.' },
  40101: { zh: '付款链接不正确或已被改动', en: 'The payment link is wrong or was changed.' },
  40301: { zh: '收款方没有在这里登记', en: 'Whoever asks for this money is not known here.' },
  40302: { zh: '收款方已停止在这里收款', en: 'Whoever asks for this money no longer takes payments here.' },
  40303: { zh: '付款链接中有不属于收款方的网址', en: 'The payment link names an address that is not the payee’s.' },
  40304: {
    zh: '付款链接中有收款方没有登记的内容',
    en: 'The payment link has a value that the payee has not registered.',
  },
  40305: { zh: '这种支付方式暂时不能用，请换一种', en: 'This method is not available. Please choose another one.' },
  40401: { zh: '收银台已更新，请刷新本页', en: 'The cashier has changed. Please reload this page.' },
  40402: { zh: '这笔付款还没有开始', en: 'This payment has not been started.' },
  40501: { zh: '收银台已更新，请重新打开本页', en: 'The cashier has changed. Please open this page again.' },
  40901: { zh: '这个订单号已用于另一笔付款', en: 'This order number belongs to another payment.' },
  40902: { zh: '支付正在准备，请几秒后重试', en: 'The payment is being prepared. Please try again in a few seconds.' },
  40903: { zh: '这笔订单已经支付', en: 'This order is paid.' },
  40904: { zh: zh.closed, en: en.closed },
  40905: { zh: zh.failed, en: en.failed },
  42901: { zh: '现在付款的人太多，请稍后再试', en: 'Too many requests right now. Please try again shortly.' },
  50001: { zh: '系统出错了，请稍后再试', en: 'Something went wrong on our side. Please try again later.' },
  50201: { zh: '支付机构没有接受这笔付款', en: 'The payment provider did not accept this payment.' },
  50202: { zh: '暂时连接不到支付机构，请稍后再试', en: 'The payment provider cannot be reached. Please try again.' },
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

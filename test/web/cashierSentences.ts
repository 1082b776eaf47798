// The sentences that a payer must read at the cashier, written out here, so that a changed sentence is seen.

interface Sentences {
  zh: string
  en: string
}

/** Words of the pages. */
export const said = {
  zh: {
    refused: '无法付款',
    restart: '请返回商户页面，重新发起付款',
    callMerchant: '请联系商户',
    pay: '支付',
    lostHint: '请检查网络后重试，不会重复扣款',
    lost: '网络连接失败',
    retry: '重试',
    scan: '请用{way}扫码付款',
    done: '已完成支付',
    offline: '网络不稳定，正在重试',
    waiting: '付款后本页会自动更新',
    timedOut: '自动查询已停止。如已付款，请点击“已完成支付”',
    notYet: '暂未收到付款，请稍后再试',
    other: '换一种支付方式',
    confirm: '确认付款',
    closed: '订单已关闭',
    paid: '支付成功',
    cancelled: '支付已取消，没有扣款',
    inMiniProgram: '小程序内无法使用收银台，请在微信或浏览器中打开本页',
    framed: '为保障支付安全，请在新页面中打开收银台',
    openFully: '打开收银台',
    noRequest: '链接中没有付款信息',
  },
  en: {
    refused: 'Unable to pay',
    restart: 'Please go back to the merchant’s site and start again.',
    callMerchant: 'Please contact the merchant.',
    pay: 'Pay',
    lostHint: 'Please check your network and try again. You won’t be charged twice.',
    lost: 'No connection',
    retry: 'Try again',
    scan: 'Scan with {way} to pay',
    done: 'I’ve paid',
    offline: 'The connection is unstable. Trying again.',
    waiting: 'This page updates automatically after you pay',
    timedOut: 'We’ve stopped checking automatically. If you’ve paid, tap “I’ve paid”.',
    notYet: 'We haven’t received your payment yet. Please try again shortly.',
    other: 'Choose another method',
    confirm: 'Confirm your payment',
    closed: 'This order is closed',
    paid: 'Payment successful',
    cancelled: 'Payment cancelled. You weren’t charged.',
    inMiniProgram: 'You can’t pay here inside a mini-program. Please open this page in WeChat or in a browser.',
    framed: 'For your security, please open checkout in its own page.',
    openFully: 'Open checkout',
    noRequest: 'This link has no payment details.',
  },
}

/** The sentence for each error code. */
export const saidOfCode: Readonly<Record<string, Sentences>> = {
  30000: { zh: '暂未收到付款，请稍后再试', en: 'We haven’t received your payment yet. Please try again shortly.' },
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
  40304: { zh: '付款链接中的部分信息未经收款方登记', en: 'This payment link doesn’t match the merchant’s settings.' },
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
  40904: { zh: '订单已关闭', en: 'This order is closed' },
  40905: { zh: '支付未成功，请重试', en: 'Your payment didn’t go through. Please try again.' },
  42901: { zh: '当前付款人数较多，请稍后再试', en: 'Too many requests right now. Please try again shortly.' },
  50001: { zh: '系统繁忙，请稍后再试', en: 'Something went wrong on our side. Please try again later.' },
  50201: { zh: '支付机构未受理本次付款', en: 'The payment provider declined this payment.' },
  50202: { zh: '暂时无法连接支付机构，请稍后再试', en: 'We couldn’t reach the payment provider. Please try again.' },
}

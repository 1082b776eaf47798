// Sentences of the website that the mini-program does not have.
export const unavailable = [
  '页面加载失败，请检查网络后刷新重试。',
  'This page couldn’t load completely. Please check your connection and reload.',
]

/** The message above a page in a browser that keeps no cookies. */
export const noCookies = {
  zh: '浏览器没有保存 Cookie，无法下单。请在浏览器设置里允许本站的 Cookie，再刷新页面。',
  en: 'Your browser isn’t saving cookies, so you can’t order. Please allow cookies for this site and reload the page.',
}

/** Sentences of the page that opens WeChat's payment sheet for providers that need their own openid. */
export const paySheet = {
  zh: {
    lang: 'zh-CN',
    title: '支付',
    pay: '支付',
    back: '返回订单',
    opening: '正在打开微信支付…',
    cancelled: '支付已取消，没有扣款。',
    unclear: '请前往订单页查看支付结果。',
    failed: '未能打开微信支付，没有扣款。请重试，或返回订单选择其他支付方式。',
    over: '这笔支付已结束，请返回订单查看。',
  },
  en: {
    lang: 'en',
    title: 'Payment',
    pay: 'Pay',
    back: 'Back to your order',
    opening: 'Opening WeChat Pay…',
    cancelled: 'Payment cancelled. You weren’t charged.',
    unclear: 'Please check your order to see if the payment went through.',
    failed:
      'We couldn’t open WeChat Pay, and you weren’t charged. Try again, or go back to your order to pay another way.',
    over: 'This payment has ended. Please check your order.',
  },
}

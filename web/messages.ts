// Sentences of the website that the mini-program does not have.
export const unavailable = [
  '页面没有加载完整，请检查网络后刷新重试。',
  'The page did not load completely. Please check your network and reload.',
]

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
    failed: '没有打开支付，没有扣款。请重试，或返回订单选择其他支付方式。',
    over: '这笔支付已结束，请返回订单查看。',
  },
  en: {
    lang: 'en',
    title: 'Payment',
    pay: 'Pay',
    back: 'Back to your order',
    opening: 'Opening WeChat Pay…',
    cancelled: 'Payment cancelled. Nothing was charged.',
    unclear: 'Please check your order for the result.',
    failed: 'The payment didn’t open, and nothing was charged. Try again, or go back to your order to pay another way.',
    over: 'This payment has ended. Please check your order.',
  },
}

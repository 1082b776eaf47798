// The texts of the payment dialog, in the language of the page.
const chinese = {
  title: '支付',
  opening: '正在打开支付…',
  scan: '请用微信扫码支付',
  code: '付款二维码',
  returned: '如已付款，请点击“已完成支付”',
  asking: '正在确认…',
  notYet: '暂未收到付款，请稍后再试',
  offline: '网络不稳定，正在重试',
  done: '已完成支付',
  again: '继续支付',
  close: '取消',
}

const english: typeof chinese = {
  title: 'Payment',
  opening: 'Opening payment…',
  scan: 'Scan with WeChat to pay',
  code: 'Payment QR code',
  returned: 'If you’ve paid, tap “I’ve paid”',
  asking: 'Checking…',
  notYet: 'We haven’t received your payment yet. Please try again shortly.',
  offline: 'The connection is unstable. Trying again.',
  done: 'I’ve paid',
  again: 'Continue to payment',
  close: 'Cancel',
}

/** The language that the page declares, or else the browser's. */
export const isChinese = (): boolean => /^zh/i.test(document.documentElement.lang || navigator.language)

export const texts = (): typeof chinese => (isChinese() ? chinese : english)

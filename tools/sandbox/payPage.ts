// Plays the page behind a payment link or QR code: merchant, title, amount, a button to pay and one to cancel. Both
// buttons call POST /local/pay, as the payment sheet does. One page serves every provider: a link is its own payInfo,
// and the content of a QR code is in the query (GET /local/pay?payInfo=…). Inside a frame of wechatBrowser.ts the page
// is WeChat's payment sheet: the query has the parameters (jsapi=…), and the page tells the frame's parent the result.
import { pageAnswer, sandboxPage } from './pages/frame'
import type { TwinAnswer } from './twin'

const zh = {
  title: '收银台',
  sandbox: '沙箱，不会真的扣款',
  payTo: '付款给',
  payee: '小收银台',
  item: '商品',
  through: '支付平台',
  pay: '确认支付',
  cancel: '取消支付',
  again: '继续支付',
  paying: '正在支付…',
  paid: '支付成功，请返回小程序查看订单',
  cancelled: '支付已取消，没有扣款',
  failed: '支付失败，没有扣款',
  unclear: '支付结果确认中，请返回小程序查看订单',
  alreadyPaid: '订单已支付',
  closed: '订单已关闭，请返回小程序重新支付',
  unknown: '未找到该笔支付',
  back: '完成',
  otherLanguage: 'English',
}

const en: typeof zh = {
  title: 'Checkout',
  sandbox: 'Sandbox: no real money',
  payTo: 'Pay to',
  payee: 'Mini Cashier',
  item: 'For',
  through: 'Payment provider',
  pay: 'Pay',
  cancel: 'Cancel',
  again: 'Pay now',
  paying: 'Paying…',
  paid: 'Payment successful. Go back to the mini-program to see your order.',
  cancelled: 'Payment cancelled. You weren’t charged.',
  failed: 'Payment failed. You weren’t charged.',
  unclear: 'Your payment is being confirmed. Go back to the mini-program to see your order.',
  alreadyPaid: 'This order has already been paid.',
  closed: 'This order is closed. Go back to the mini-program to pay again.',
  unknown: 'We couldn’t find this payment.',
  back: 'Done',
  otherLanguage: '中文',
}

// This part runs in the browser. Texts of the payment are inserted as text, never as HTML.
const script = `
  const query = new URLSearchParams(location.search)
  const jsapi = query.get('jsapi')
  const payInfo = jsapi ? JSON.parse(jsapi) : (query.get('payInfo') ?? location.href)
  const tell = (errMsg) => jsapi && parent.postMessage({ errMsg }, '*')
  // WeChat's H5 page returns the user to the website by a button, and by itself after about 5 s. This page does the
  // same. The pages of the Unified platform have their parameters behind the #.
  const back = query.get('redirect_url') ?? new URLSearchParams(location.hash.split('?')[1]).get('dialogOkUrl')
  const goBack = () => location.assign(back)
  const at = (id) => document.getElementById(id)
  let language = (query.get('lang') ?? navigator.language).toLowerCase().startsWith('zh') ? 'zh' : 'en'
  let payment
  let state = 'loading'
  const post = async (body) => {
    const response = await fetch('/local/pay', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ payInfo, ...body }),
    })
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }
  const draw = () => {
    const words = texts[language]
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    document.title = words.title
    for (const name of ['title', 'sandbox', 'payTo', 'payee', 'item', 'through', 'cancel', 'otherLanguage']) at(name).textContent = words[name]
    at('payment').hidden = !payment
    if (payment) {
      at('amount').textContent = new Intl.NumberFormat(document.documentElement.lang, {
        style: 'currency', currency: payment.currency, currencyDisplay: 'narrowSymbol',
      }).format(payment.amountFen / 10 ** new Intl.NumberFormat('en', { style: 'currency', currency: payment.currency }).resolvedOptions().maximumFractionDigits)
      at('for').textContent = payment.title
      at('provider').textContent = payment.provider
    }
    const canPay = state === 'ready' || state === 'cancelled' || state === 'failed'
    at('pay').hidden = !canPay && state !== 'paying'
    at('cancel').hidden = state !== 'ready' && state !== 'paying'
    at('pay').disabled = at('cancel').disabled = state === 'paying'
    at('pay').textContent = state === 'ready' || state === 'paying' ? words.pay : words.again
    const isOver = ['paid', 'cancelled', 'failed', 'unclear', 'alreadyPaid', 'closed'].includes(state)
    at('back').hidden = !isOver || !/^https?:/.test(back ?? '')
    at('back').textContent = words.back
    at('state').textContent = state === 'ready' || state === 'loading' ? '' : words[state]
  }
  const show = (next) => {
    state = next
    draw()
    if (state === 'paid' && !at('back').hidden) setTimeout(goBack, 5000)
  }
  const run = async (scenario) => {
    show('paying')
    try {
      const { errMsg } = await post(scenario ? { scenario } : {})
      tell(errMsg)
      if (errMsg === 'requestPayment:ok') show('paid')
      else if (scenario === 'cancel' || errMsg === 'requestPayment:fail cancel') show('cancelled')
      else if (errMsg.includes('已支付')) show('alreadyPaid')
      else if (errMsg.includes('已关闭')) show('closed')
      // WeChat's bare "fail" does not say whether money was taken.
      else show(errMsg === 'requestPayment:fail' ? 'unclear' : 'failed')
    } catch {
      show('unclear')
    }
  }
  at('pay').onclick = () => run()
  at('back').onclick = goBack
  at('cancel').onclick = () => run('cancel')
  at('otherLanguage').onclick = () => { language = language === 'zh' ? 'en' : 'zh'; draw() }
  draw()
  post({ inspect: true }).then(
    (found) => {
      payment = found
      show(found.ended === 'paid' ? 'alreadyPaid' : found.ended === 'closed' ? 'closed' : 'ready')
    },
    () => show('unknown'),
  )
`

const html = sandboxPage(
  zh.title,
  `<section id="payment" hidden>
<p class="payee"><span id="payTo"></span> <b id="payee"></b></p>
<p class="amount" id="amount"></p>
<p class="row"><span id="item"></span><span id="for"></span></p>
<p class="row"><span id="through"></span><span id="provider"></span></p>
</section>
<p role="status" id="state"></p>
<div class="actions"><button type="button" class="pay" id="pay" hidden></button><button type="button" id="cancel" hidden></button><button type="button" id="back" hidden></button></div>`,
  `const texts = ${JSON.stringify({ zh, en })}${script}`,
)

/** Builds the page's response. @param statusCode 404 if the provider does not know the payment */
export const payPage = (statusCode = 200): TwinAnswer => ({ ...pageAnswer(html), statusCode })

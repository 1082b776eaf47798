// Plays WeChat's page on which a user signs a contract in a browser: the contract's numbers, a button to sign and one
// to refuse. Both buttons call POST /local/sign, as the preview's signing page does. Then a button leads back to the
// merchant's website.
import type { TwinAnswer } from '../twin'
import { pageAnswer, sandboxPage } from './frame'

const zh = {
  title: '开通委托代扣',
  sandbox: '沙箱，不会真的扣款',
  merchant: '商户号',
  template: '协议模板',
  account: '扣款账户',
  sign: '同意并开通',
  refuse: '暂不开通',
  signing: '正在开通…',
  signed: '开通成功',
  refused: '未开通',
  back: '返回商家',
  otherLanguage: 'English',
}

const en: typeof zh = {
  title: 'Allow automatic payments',
  sandbox: 'Sandbox: no real money',
  merchant: 'Merchant number',
  template: 'Template',
  account: 'Account',
  sign: 'Agree and sign',
  refuse: 'Not now',
  signing: 'Signing…',
  signed: 'Signed',
  refused: 'Not signed',
  back: 'Back to the merchant',
  otherLanguage: '中文',
}

// This part runs in the browser. Values are inserted as text, never as HTML.
const script = `
  const at = (id) => document.getElementById(id)
  let language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
  let state = 'ready'
  const draw = () => {
    const words = texts[language]
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    document.title = words.title
    for (const name of Object.keys(words)) if (at(name)) at(name).textContent = words[name]
    at('mch').textContent = given.extraData.mch_id
    at('plan').textContent = given.extraData.plan_id
    at('who').textContent = given.extraData.contract_display_account
    at('sign').hidden = at('refuse').hidden = state !== 'ready'
    at('back').hidden = state === 'ready' || state === 'signing' || !given.back
    at('state').textContent = words[state] ?? ''
  }
  const run = async (scenario) => {
    state = 'signing'
    draw()
    try {
      const response = await fetch('/local/sign', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-openid': given.openid },
        body: JSON.stringify({ extraData: given.extraData, ...(scenario && { scenario }) }),
      })
      const { referrerInfo, page } = await response.json()
      const isSigned = referrerInfo?.extraData?.return_code === 'SUCCESS'
      state = isSigned ? 'signed' : 'refused'
      draw()
      if (!isSigned && scenario !== 'refuse' && page) at('state').textContent = page
      if (given.backAfterMs) setTimeout(() => location.assign(given.back), given.backAfterMs)
    } catch {
      state = 'refused'
      draw()
    }
  }
  at('sign').onclick = () => run()
  at('refuse').onclick = () => run('refuse')
  at('back').onclick = () => location.assign(given.back)
  at('otherLanguage').onclick = () => { language = language === 'zh' ? 'en' : 'zh'; draw() }
  draw()
`

const html = sandboxPage(
  zh.title,
  `<p class="row"><span id="merchant"></span><span id="mch"></span></p>
<p class="row"><span id="template"></span><span id="plan"></span></p>
<p class="row"><span id="account"></span><span id="who"></span></p>
<p role="status" id="state"></p>
<div class="actions"><button type="button" class="pay" id="sign"></button><button type="button" id="refuse"></button><button type="button" id="back" hidden></button></div>`,
  `const texts = ${JSON.stringify({ zh, en })}; const given = GIVEN${script}`,
)

interface Given {
  /** the parameters of WeChat's page */
  extraData: object
  /** who signs */
  openid: string
  /** the address to return to; empty: none */
  back: string
  /** after this time the page goes back without a press of the button; absent: only the button goes back */
  backAfterMs?: number
}

/** Builds the page. */
export const signPage = (given: Given): TwinAnswer =>
  // Escape "<", so that no value can end the script element.
  pageAnswer(html.replace('GIVEN', () => JSON.stringify(given).replaceAll('<', '\\u003c')))

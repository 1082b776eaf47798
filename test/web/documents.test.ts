// Runs the examples of the providers' documents in a page, with the local cloud's addresses and our server's values.
// Each must end in a paid order.
import type { Page } from 'playwright-core'
import { seededAccount } from '../../tools/sandbox/wechat/wechatAccount'
import { owner } from '../support/adminCall'
import { openStage, type Stage } from '../support/browser/walk'
import { agents, type Browser, type WebShoppers, webShoppers } from '../support/browser/webShoppers'
import { beginPayment, offerOnly, openWechat, picture, runPage, untilPaid } from '../support/browser/wechatTab'

let stage: Stage
let shoppers: WebShoppers
beforeAll(async () => {
  stage = await openStage({
    jubao: { dialect: 'payment' },
    // Wisecashier's example has prices in HKD.
    wisecashier: { currency: 'HKD', isRmb: false },
  })
  shoppers = webShoppers(stage.cloud)
}, 120_000)
afterAll(() => stage?.close())

/** Makes a shopper who is signed in inside WeChat and has placed an order. */
async function shopperInWechat(sku?: string): Promise<{ browser: Browser; orderNo: string }> {
  const browser = await shoppers.open('wechat')
  await shoppers.signIn(browser)
  return { browser, orderNo: await shoppers.order(browser, sku) }
}

/** Runs a page of the merchant. */
const runMerchantPage = (name: string, html: string) => runPage(stage, `${stage.cloud.url}/merchant/${name}.html`, html)

async function expectPaid(orderNo: string): Promise<void> {
  const isPaid = async () => (await stage.cloud.stored(orderNo)).state === 'paid'
  for (let tries = 0; tries < 40 && !(await isPaid()); tries++) await stage.cloud.advance(1_000)
  expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid', surplusFen: 0 })
}

const page = (script: string, head = '') =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${head}<button id="pay-btn">支付</button><script>${script}</script>`

/** WeChat's addresses in Paymax's first and second step, as the document has them. */
const authorizeLink = (appid: string, redirect_uri: string) =>
  `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${appid}&redirect_uri=${encodeURIComponent(redirect_uri)}&response_type=code&scope=snsapi_userinfo&state=state#wechat_redirect`
const tokenLink = (appid: string, secret: string, code: string) =>
  `https://api.weixin.qq.com/sns/oauth2/access_token?appid=${appid}&secret=${secret}&code=${code}&grant_type=authorization_code`

it('Paymax: WeChat’s link gives the code and then the openid of the payer, and the sheet pays the order', async () => {
  const { browser, orderNo } = await shopperInWechat()
  const account = seededAccount(stage.cloud.url)
  const address = `${stage.cloud.url}/merchant/paymax.html`
  const { context, page: tab, errors } = await openWechat(stage)
  const inSandbox = (url: string) => url.replace(/^https:\/\/[^/]+/, account.apiUrl)
  // Playwright's routes do not see redirects, so WeChat's page redirects with a script.
  await context.route('https://open.weixin.qq.com/**', async (route) => {
    const asked = { redirect: 'manual', headers: { 'user-agent': agents.wechat, cookie: 'wechat=person%3Da' } } as const
    const { headers } = await fetch(inSandbox(route.request().url()), asked)
    const body = `<link rel="icon" href="data:,"><script>location.replace(${JSON.stringify(headers.get('location'))})</script>`
    await route.fulfill({ contentType: 'text/html', body })
  })
  // The document's first step is a link of the merchant's page; the third step runs on the page to which WeChat returns.
  await context.route(`${address}*`, async (route) => {
    const code = new URL(route.request().url()).searchParams.get('code')
    const body = code === null ? firstStep : page(await laterSteps(code))
    await route.fulfill({ contentType: 'text/html; charset=utf-8', body })
  })
  const firstStep = page('', `<a href="${authorizeLink(account.appId, address).replaceAll('&', '&amp;')}">微信支付</a>`)
  const laterSteps = async (code: string) => {
    const answer = await fetch(inSandbox(tokenLink(account.appId, account.appSecret, code)))
    const { openid } = (await answer.json()) as { openid: string }
    // The second step: the order is placed for this openid.
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ openid })
    const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'paymax', channel: 'wechat_wap' })
    return opensSheet(payInfo)
  }
  await tab.goto(address)
  await tab.getByRole('link').click()
  await tab.waitForFunction(() => document.title.startsWith('end '))
  expect(await tab.title()).toBe('end get_brand_wcpay_request:ok')
  expect(new URL(tab.url()).searchParams.get('state')).toBe('state')
  expect(errors).toEqual([])
  await context.close()
  await expectPaid(orderNo)
})

/**
 * The example with which Paymax's document opens the payment sheet (调用支付控件方法). It gets the parameters from the reply to
 * the order.
 */
const opensSheet = (payInfo: string) => `
    function onBridgeReady(){
      WeixinJSBridge.invoke(
        'getBrandWCPayRequest', ${payInfo},
        function(res){
          if(res.err_msg == "get_brand_wcpay_request:ok") {}
          document.title = 'end ' + res.err_msg
        }
      );
    }
    if (typeof WeixinJSBridge == "undefined"){
      if( document.addEventListener ){
        document.addEventListener('WeixinJSBridgeReady', onBridgeReady, false);
      }else if (document.attachEvent){
        document.attachEvent('WeixinJSBridgeReady', onBridgeReady);
        document.attachEvent('onWeixinJSBridgeReady', onBridgeReady);
      }
    }else{
      onBridgeReady();
    }`

it('Jubao: the parameters of data.jsapi open WeChat’s sheet', async () => {
  const { browser, orderNo } = await shopperInWechat()
  const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'jubao', channel: 'wechat.jsapi' })
  // The document parses data.jsapi (使用JSON.parse(data.jsapi)转为JSON对象), and then names WeChat's own example, which is
  // also Paymax's.
  const html = page(opensSheet(`JSON.parse(${JSON.stringify(payInfo)})`))
  expect(await runMerchantPage('jubao-jsapi', html)).toBe('end get_brand_wcpay_request:ok')
  await expectPaid(orderNo)
})

describe('Jubao: the Hong Kong wallet in the official account', () => {
  const config = async (browser: Browser, name: string) => {
    const { body } = await browser.post('/web/wechat/config', { url: `${stage.cloud.url}/merchant/${name}.html` })
    return (body as { data: Record<string, unknown> }).data
  }
  // Steps 1 to 3 of the example in Jubao's document for the Hong Kong wallet (香港钱包公众号支付).
  const example = (config: Record<string, unknown>, payConfig: string, beta = true) =>
    page(
      `
    wx.config({
      beta : ${beta},
      debug: true,
      appId: '${config.appId}',
      timestamp: ${config.timestamp},
      nonceStr: '${config.nonceStr}',
      signature: '${config.signature}',
      jsApiList: ["getH5PrepayRequest"]
    });
    wx.ready(function(){
      var payConfig = ${payConfig}
      wx.invoke('getH5PrepayRequest', payConfig,function(res){
        var msg = res.errMsg || res.err_msg;
        if(!msg){}
        if(-1 != msg.indexOf("ok")){
        }else if(-1 != msg.indexOf("cancel")){
        }else{
        }
        document.title = 'end ' + msg
      });
    });`,
      '<script src="http://res.wx.qq.com/open/js/jweixin-1.2.0.js"></script>',
    )

  it('wx.config and getH5PrepayRequest, as the document has them, pay the order', async () => {
    const { browser, orderNo } = await shopperInWechat()
    const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'jubao', channel: 'wechat.jsapi.HK' })
    const html = example(await config(browser, 'jubao'), payInfo)
    expect(await runMerchantPage('jubao', html)).toBe('end getH5PrepayRequest:ok')
    await expectPaid(orderNo)
  })

  it('without beta WeChat opens nothing', async () => {
    const { browser, orderNo } = await shopperInWechat()
    const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'jubao', channel: 'wechat.jsapi.HK' })
    const html = example(await config(browser, 'plain'), payInfo, false)
    expect(await runMerchantPage('plain', html)).toBe('end system:access_denied')
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'open' })
  })

  // The signature for wx.config must contain the right address. WeChat on an iPhone uses the address at which the user
  // entered the shop; WeChat on Android uses the address of the order's page.
  it.each([
    ['zh', agents.wechat],
    ['en', 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.50'],
  ] as const)('the shop’s own page opens the same sheet (%s)', async (lang, userAgent) => {
    const { context, page: tab, errors } = await openWechat(stage, { lang, userAgent })
    await context.addCookies([{ name: 'wechat', value: 'person%3Dhk', url: stage.cloud.url }])
    await offerOnly(tab, { channel: 'wechat.jsapi.HK' })
    const orderNo = await beginPayment(stage, tab)
    await untilPaid(stage, tab, orderNo)
    await picture(tab, `hk-${lang}`)
    expect(await stage.cloud.stored(orderNo)).toMatchObject({
      state: 'paid',
      payments: [{ channel: 'wechat.jsapi.HK', kind: 'hkjsapi', state: 'paid' }],
    })
    expect(errors).toEqual([])
    await context.close()
  })
})

describe('Wisecashier: the official account', () => {
  // The page of Wisecashier's second and third step (第二步, 第三步) loads jQuery from another website. This object has the
  // few functions of jQuery that the example calls.
  const jQuery = `
    function $(selector) {
      const element = document.querySelector(selector)
      return { val: () => element.value, on: (name, then) => element.addEventListener(name, then) }
    }
    $.ajax = ({ url, type, data, headers, beforeSend, success, complete }) => {
      beforeSend()
      fetch(url, { method: type, headers, body: new URLSearchParams(data) })
        .then((response) => response.json()).then(success).then(complete)
    }`
  const example = (url: string, { agent_order_id, notify_url }: Record<string, string>) => `
    var js_api_param = {};
    // 调用微信JS api 支付
    function jsApiCall() {
      WeixinJSBridge.invoke('getBrandWCPayRequest', js_api_param, function (res)
      {
        document.title = 'end ' + res.err_msg
        if (res.err_msg == "get_brand_wcpay_request:ok") {
        }
        if (res.err_msg == "get_brand_wcpay_request:cancel") {
        }
        if (res.err_msg == "get_brand_wcpay_request:fail") {
        }
      });
    }
    // 点击确认支付
    $('#pay-btn').on('click', function () {
      $.ajax({
        async: true,
        url: '${url}',
        type: 'POST',
        data: {
          'merchant_no': $('#merchant_no').val(),
          'amount': $('#amt').val(),
          'openid': $('#openid').val(),
          'currency': 'HKD',
          'product_info': 'TEST',
          'notify_url': '${notify_url}',
          'agent_order_id': '${agent_order_id}',
        },
        headers: {
          'Version': '1.0'
        },
        beforeSend: function () {
        },
        success: function (r) {
          if (r.meta.success) {
            js_api_param = r.data.js_param;
            if (typeof WeixinJSBridge == "undefined") {
              if (document.addEventListener) {
                document.addEventListener('WeixinJSBridgeReady', jsApiCall, false);
              } else if (document.attachEvent) {
                document.attachEvent('WeixinJSBridgeReady', jsApiCall);
                document.attachEvent('onWeixinJSBridgeReady', jsApiCall);
              }
            } else {
              jsApiCall();
            }
          }
        },
        complete: function () {
        }
      });
    });
    document.querySelector('#pay-btn').click()`

  beforeAll(async () => {
    const texts = { title: '港币茶', titleEn: 'Tea', note: '', noteEn: '' }
    const product = { sku: 'hkd', ...texts, priceFen: 8_800, currency: 'HKD', onSale: true, rank: 9 }
    const call = { action: 'saveProduct', input: { version: null, product } }
    expect(await (await stage.cloud.call('admin', call, owner)).json()).toMatchObject({ ok: true })
    // Function instances cache the products for a minute.
    await stage.cloud.advance(61_000)
  })

  /** Makes an order in HKD. @returns the call that our page would make, with the values for the example's fields */
  async function ordered(channel: string) {
    const { browser, orderNo } = await shopperInWechat('hkd')
    const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'wisecashier', channel })
    const sent = await fetch(payInfo, {
      redirect: 'manual',
      headers: { 'user-agent': agents.wechat, cookie: 'wechat=person%3Dwise' },
    })
    const container = sent.headers.get('location') ?? ''
    const text = await (await fetch(container)).text()
    const { call } = JSON.parse(/id="payment">(.*?)<\/script>/.exec(text)?.[1] ?? '{}')
    return { orderNo, container, call, fields: Object.fromEntries(new URLSearchParams(call.body)) }
  }

  it('the example calls mp_pay and opens the sheet', async () => {
    const { orderNo, container, call, fields } = await ordered('mp')
    const input = (id: string, value = '') => `<input id="${id}" value="${value}">`
    const inputs =
      input('merchant_no', fields.merchant_no) + input('amt', fields.amount) + input('openid', fields.openid)
    const html = page(jQuery + example(call.url, fields)).replace('<button', `${inputs}<button`)
    expect(await runPage(stage, container, html)).toBe('end get_brand_wcpay_request:ok')
    await expectPaid(orderNo)
  })

  it('our own page pays with the Hong Kong wallet', async () => {
    const { orderNo, container } = await ordered('hk_mp')
    const { context, page: tab, errors } = await openWechat(stage)
    await tab.goto(container)
    await tab.waitForURL('**/pages/order/index**')
    await expectPaid(orderNo)
    expect(errors).toEqual([])
    await context.close()
  })

  it('if the page requests a smaller amount, that amount is paid, but the order is not', async () => {
    const { orderNo, call, fields } = await ordered('mp')
    const body = new URLSearchParams({ ...fields, amount: '0.88' })
    const reply = await fetch(call.url, { method: 'POST', headers: { version: '1.0' }, body })
    const { data } = (await reply.json()) as { data: { js_param: object } }
    expect(await (await stage.cloud.post('/local/pay', { payInfo: data.js_param })).json()).toMatchObject({
      errMsg: 'requestPayment:ok',
    })
    await stage.cloud.advance(60_000)
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'open' })
    expect((await stage.cloud.stored(orderNo)).payments[0]?.disputedAt).toEqual(expect.any(Number))
  })
})

describe('the Unified platform: the pages that its document gives the code of', () => {
  // The examples load AngularJS and jQuery from another website. This script contains the few functions of these
  // libraries that the examples call. The page's address has the parameters behind #.
  const around = `
    const $stateParams = Object.fromEntries(new URLSearchParams(location.hash.split('?')[1]))
    const vm = { isWeiXin: () => navigator.userAgent.includes('MicroMessenger') }
    const $location = { absUrl: () => location.href }
    const $scope = { $apply() {} }
    const $timeout = (then, ms) => setTimeout(then, ms)
    const AlertService = { error: (text) => { document.title = 'end ' + text } }
    const $ = {
      ajax({ type, url, data, success, error }) {
        const isGet = type === 'GET'
        const request = isGet
          ? fetch(url + '?' + new URLSearchParams(data))
          : fetch(url, { method: type, headers: { 'content-type': 'application/json;charset=utf-8' }, body: data })
        request.then((response) => response.json()).then(success, error)
      },
    }
    const fields = ['domainCode', 'payTypeCode', 'requestChannel', 'money', 'info', 'infoEn', 'requestKey', 'currencyType',
      'pageUrl', 'bgUrl', 'dialogOkUrl', 'dialogFailUrl', 'rate', 'payTypeCodeIn', 'sign', 'openid']
    vm.payDTO = Object.fromEntries(fields.map((name) => [name, $stateParams[name]]))
    // angular.element makes elements of HTML, and wraps an element.
    const angular = {
      element: (one) => typeof one === 'string' ? document.createRange().createContextualFragment(one) : one,
    };`
  /** What the shopper chooses on the page. */
  const chooses = (code: 'Wechat' | 'Alipay') => `
    vm.payDTO.payTypeCode = '${code}';`

  async function address(place: keyof typeof agents, channel: string) {
    const browser = await shoppers.open(place)
    const orderNo = await shoppers.order(browser)
    const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'unified', channel })
    return { orderNo, payInfo }
  }

  /**
   * Opens the payment's address and answers with the platform's page and the example's script. Then waits for the
   * order's page, because the example goes to dialogOkUrl after the payment.
   */
  async function runPlatformPage(
    userAgent: string,
    payInfo: string,
    script: string,
    { way = 'Wechat', paid }: { way?: 'Wechat' | 'Alipay'; paid?: (tab: Page) => Promise<void> } = {},
  ) {
    const { context, page: tab, errors } = await openWechat(stage, { userAgent })
    const file = payInfo.split('#')[0] ?? ''
    await tab.route(`${file}*`, (route) =>
      route.fulfill({ contentType: 'text/html; charset=utf-8', body: page(around + chooses(way) + script) }),
    )
    // Playwright's routes do not see redirects, so this openid page redirects with a script.
    await tab.route('**/sandbox/unified/openid?*', async (route) => {
      const { location = '' } = (await route.fetch({ maxRedirects: 0 })).headers()
      await route.fulfill({
        contentType: 'text/html',
        body: `<script>location.replace(${JSON.stringify(location)})</script>`,
      })
    })
    await tab.goto(payInfo)
    await paid?.(tab)
    await tab.waitForURL('**/pages/order/index?orderNo=*')
    expect(errors).toEqual([])
    await context.close()
  }

  it('H5: the openid page, pay/api/h5/pay and the bridge', async () => {
    const { orderNo, payInfo } = await address('wechat', 'mpay.html')
    const script = `
      const GET_OPENID_URI = location.origin + '/sandbox/unified/openid';
      (function () {
        if((!vm.payDTO.openid || vm.payDTO.openid=="" || vm.payDTO.openid=="undefined") && vm.isWeiXin()){
          var getOpenidUrl = GET_OPENID_URI;
          var domainCode = vm.payDTO.domainCode;
          var backUrl = encodeURIComponent($location.absUrl());
          var gotoUrl = getOpenidUrl + "?domainCode=" + domainCode + "&backUrl=" + backUrl;
          window.location.href = gotoUrl;
          return false;
        }
        document.addEventListener('WeixinJSBridgeReady', () => $.ajax({
          type:'POST',
          dataType : 'JSON',
          contentType:'application/json;charset=utf-8',
          url:"pay/api/h5/pay",
          data:JSON.stringify(vm.payDTO),
          success: function(data){
            if(data.errcode == '0'){
              if("Wechat" == vm.payDTO.payTypeCode){
                WeixinJSBridge.invoke(
                  'getBrandWCPayRequest',
                  data.obj,
                  function (res) {
                    if (res.err_msg == "get_brand_wcpay_request:ok") {
                      window.location.href = vm.payDTO.dialogOkUrl;
                    }else if (res.err_msg == "get_brand_wcpay_request:fail"){
                      AlertService.error("微信支付失败！");
                    }
                  }
                );
              }
              vm.isPaying = false;
            }else{
              $scope.$apply(AlertService.error(data.errormsg));
              $scope.$apply(vm.isPaying = false);
            }
          },
          error : function(jqXHR, textStatus, errorThrown) {
            $scope.$apply(AlertService.error("支付失败，请稍后再试！"));
            $scope.$apply(vm.isPaying = false);
          }
        }));
      })();`
    await runPlatformPage(agents.wechat, payInfo, script)
    await expectPaid(orderNo)
  })

  it('PC: pay/api/pc/pay gives the code, and wechatQuery is asked every 2 s', async () => {
    const { orderNo, payInfo } = await address('pc', 'pay.html')
    const script = `
      vm.wxpayPolling = () => $.ajax({
        type:'GET',
        dataType : 'JSON',
        contentType:'application/json;charset=utf-8',
        url:"pay/api/pc/wechatQuery",
        data:vm.payDTO,
        success: function(data){
          if(data.errcode == '0'){
            parent.location.href = vm.payDTO.dialogOkUrl;
          }else if(data.errcode != '30000'){
            parent.location.href = vm.payDTO.dialogFailUrl;
          }
          if(vm.geneWxpayPollingTask){
            vm.wxpayPollingTask = $timeout(vm.wxpayPolling,2000,false);
          }
        },
        error : function(jqXHR, textStatus, errorThrown) {
          vm.wxpayPollingTask = $timeout(vm.wxpayPolling,2000,false);
        }
      });
      $.ajax({
        type:'GET',
        dataType : 'JSON',
        contentType:'application/json;charset=utf-8',
        url:"pay/api/pc/pay-types",
        data:{
          'domainCode':vm.payDTO.domainCode,
          'paySceneName':'pc'
        },
        async:false,
        success: function(data){
          if(data.errcode == '0'){
            vm.payTypes = data.obj;
            document.querySelector('button').textContent = vm.payTypes.map((one) => one.payTypeName).join()
          }else{
            AlertService.error(data.errormsg);
          }
        },
        error : function(jqXHR, textStatus, errorThrown) {
          AlertService.error("获取支付方式失败，请稍后再试！");
        }
      });
      delete vm.payDTO.openid;
      document.querySelector('button').onclick = () => $.ajax({
        type:'POST',
        dataType : 'JSON',
        contentType:'application/json;charset=utf-8',
        url:"pay/api/pc/pay",
        data:JSON.stringify(vm.payDTO),
        success: function(data){
          if(data.errcode == '0'){
            if("Wechat" == vm.payDTO.payTypeCode){
              $scope.$apply(vm.wechatPayQrcode = data.obj);
              document.querySelector('button').textContent = vm.wechatPayQrcode
              vm.geneWxpayPollingTask = true;
              vm.wxpayPollingTask = $timeout(vm.wxpayPolling,2000,false);
            }
            vm.isPaying = false;
          }else{
            $scope.$apply(AlertService.error(data.errormsg));
          }
        },
        error : function(jqXHR, textStatus, errorThrown) {
          $scope.$apply(AlertService.error("支付失败，请稍后再试！"));
        }
      });`
    const paid = async (tab: Page) => {
      await tab.getByText('微信支付,支付宝支付,银联支付,PayPal').click()
      const code = (await tab.getByText(/^weixin:/).textContent()) ?? ''
      await stage.cloud.post('/local/pay', { payInfo: code })
    }
    await runPlatformPage(agents.pc, payInfo, script, { paid })
    await expectPaid(orderNo)
  })

  it.each([
    ['pc', 'pay.html', 'pay/api/pc/pay'],
    ['mobile', 'mpay.html', 'pay/api/h5/pay'],
  ] as const)('%s: the HTML for Alipay leads to the payment', async (place, channel, url) => {
    const { orderNo, payInfo } = await address(place, channel)
    // The document's pages for PC and H5 have the same code here, except for the address.
    const script = `
      delete vm.payDTO.openid;
      $.ajax({
        type:'POST',
        dataType : 'JSON',
        contentType:'application/json;charset=utf-8',
        url:"${url}",
        data:JSON.stringify(vm.payDTO),
        success: function(data){
          if(data.errcode == '0'){
            angular.element(document.body).append(angular.element(data.obj));
            vm.isPaying = false;
          }else{
            $scope.$apply(AlertService.error(data.errormsg));
          }
        },
        error : function(jqXHR, textStatus, errorThrown) {
          $scope.$apply(AlertService.error("支付失败，请稍后再试！"));
        }
      });`
    const paid = async (tab: Page) => {
      const pageUrl = new URLSearchParams(payInfo.split('#/?')[1]).get('pageUrl')
      // Alipay's page: the shopper pays, and Alipay returns to pageUrl.
      await tab.route('https://alipay.sandbox.test/pay', async (route) => {
        await stage.cloud.post('/local/pay', { payInfo })
        const body = `<link rel="icon" href="data:,"><script>location.replace(${JSON.stringify(pageUrl)})</script>`
        await route.fulfill({ contentType: 'text/html', body })
      })
      await tab.locator('form').waitFor({ state: 'attached' })
      await tab.evaluate(() => document.forms[0]?.submit())
    }
    await runPlatformPage(agents[place], payInfo, script, { way: 'Alipay', paid })
    await expectPaid(orderNo)
  })
})

// Runs the examples of docs/openmidas-web.md and of Midas's document in Chromium, exactly as printed but with the local
// cloud's addresses. They must end in a paid order and in a signed contract.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import {
  newPayment,
  type OpenMidasSite,
  openMidasSite,
  phoneAgent,
  picture,
  type Visit,
  visit,
} from '../support/browser/openMidasSite'

const root = resolve(__dirname, '../..')
const doc = readFileSync(join(root, 'docs/openmidas-web.md'), 'utf8')

/** Returns the code example under a heading of the page. */
function example(heading: string): string {
  const [, code] = new RegExp(`^### ${heading}\n[\\s\\S]*?^\`\`\`\\w+\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(doc) ?? []
  if (code === undefined) throw new Error(`no example below ${heading}`)
  return code
}

let shop: OpenMidasSite
beforeAll(async () => {
  shop = await openMidasSite()
  // The first request makes the local cloud build the website's files.
  await fetch(`${shop.stage.cloud.url}/web/openMidas.js`)
}, 120_000)
afterAll(() => shop?.close())

/** Replaces an example's addresses by those of the local cloud. */
const pointed = (text: string): string =>
  text
    .replaceAll(
      'https://shop.example.com/web/openMidasConfig.shop.js',
      `${shop.stage.cloud.url}/web/openMidasConfig.local.js`,
    )
    .replaceAll(
      'https://midas.gtimg.cn/openmidas/jsapi/config/openMidasConfig.xxx.js',
      `${shop.stage.cloud.url}/web/openMidasConfig.local.js`,
    )
    .replaceAll('https://midas.gtimg.cn/openmidas/jsapi/', `${shop.stage.cloud.url}/web/`)
    .replaceAll('https://midas.gtimg.cn/midas/open/', `${shop.stage.cloud.url}/web/`)
    .replaceAll('https://shop.example.com', shop.stage.cloud.url)

/** The Vue example is a file in Vue's own format. */
interface VueCompiler {
  parse(text: string, options: { filename: string }): { descriptor: object }
  compileScript(descriptor: object, options: { id: string; inlineTemplate: true }): { content: string }
}
// Use require and not import, so that the type check also passes in a checkout without this package.
const vueCompiler = (): VueCompiler => createRequire(__filename)('vue/compiler-sfc')

/** Bundles an example as a website's own build would. */
async function bundle(files: Record<string, string>, entry: string): Promise<string> {
  const modules: Plugin = {
    name: 'example',
    setup({ onResolve, onLoad }) {
      // Resolve only the example's own files; packages use relative paths too.
      onResolve({ filter: /^\.\// }, ({ path, importer }) =>
        importer.includes('node_modules') ? undefined : { path: path.slice(2), namespace: 'example' },
      )
      onLoad({ filter: /.*/, namespace: 'example' }, ({ path }) => {
        const own = files[path]
        const built = join(shop.stage.cloud.dataDir, 'web', path)
        if (own === undefined && !existsSync(built)) return { errors: [{ text: `no file ${path}` }] }
        return {
          contents: own ?? readFileSync(built, 'utf8'),
          loader: path.endsWith('.jsx') ? 'jsx' : 'js',
          resolveDir: root,
        }
      })
    },
  }
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root },
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    plugins: [modules],
  })
  return outputFiles[0]?.text ?? ''
}

const pageWith = (tags: string, script: string): string =>
  `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>门票</title><link rel="icon" href="data:,">${tags}</head><body><div id="app"></div><script src="/${script}"></script></body></html>`

/** The script tags of the HTML example. */
const tags = (): string =>
  pointed(
    example('Plain HTML')
      .match(/<script src=.*<\/script>/g)
      ?.join('') ?? '',
  )

const examples: Record<string, () => Promise<string>> = {
  async 'Plain HTML'() {
    return pointed(example('Plain HTML')).replace('<head>', '<head><link rel="icon" href="data:,">')
  },
  async React() {
    const entry = `import { createRoot } from 'react-dom/client'
import { createElement } from 'react'
import { PayButton } from './PayButton.jsx'
createRoot(document.querySelector('#app')).render(createElement(PayButton))`
    shop.site.pages.set('/react.js', await bundle({ 'PayButton.jsx': example('React') }, entry))
    return pageWith(tags(), 'react.js')
  },
  async Vue() {
    const { descriptor } = vueCompiler().parse(pointed(example('Vue')), { filename: 'PayButton.vue' })
    const { content } = vueCompiler().compileScript(descriptor, { id: 'PayButton', inlineTemplate: true })
    // The example must call the fake server, because a test cannot reach Midas's real host. Set its address here,
    // because the module version of OpenMidas (openMidas.mjs) reads no configuration file.
    const host = `${shop.stage.cloud.url}/sandbox/midas`
    const entry = `import { createApp } from 'vue'
import { openMidasConfig } from './openMidas.mjs'
import PayButton from './PayButton.js'
openMidasConfig.hosts = { release: '${host}', test: '${host}' }
createApp(PayButton).mount('#app')`
    shop.site.pages.set('/vue.js', await bundle({ 'PayButton.js': content }, entry))
    return pageWith('', 'vue.js')
  },
}

test('the page has one example for each kind of site', () => {
  expect(Object.keys(examples).filter((heading) => example(heading) === '')).toEqual([])
  expect(readdirSync(join(shop.stage.cloud.dataDir, 'web'))).toContain('openMidas.mjs')
})

test.each(Object.keys(examples))('%s: at a PC', async (heading) => {
  const { orderNo, payInfo } = await newPayment(shop)
  shop.site.pages.set('/pay', payInfo)
  const one = await visit(
    shop,
    { html: (await examples[heading]?.()) ?? '' },
    { viewport: { width: 1280, height: 800 } },
  )
  const code = await one.codeOf(() => one.page.getByRole('button', { name: '支付' }).click())
  await shop.stage.cloud.post('/local/pay', { payInfo: code })
  await one.page.getByText('支付成功', { exact: true }).waitFor()
  await picture(one.page, `example-${heading}`)
  expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
  await one.end()
})

test.each(Object.keys(examples))('%s: on a phone, through WeChat’s page', async (heading) => {
  const { orderNo, payInfo } = await newPayment(shop)
  shop.site.pages.set('/pay', payInfo)
  const one = await visit(shop, { html: (await examples[heading]?.()) ?? '' }, { userAgent: phoneAgent })
  const { page } = one
  await page.getByRole('button', { name: '支付' }).click()
  await page.waitForURL('**/sandbox/midas/h5/**')
  await page.getByRole('button', { name: '确认支付' }).click()
  await page.getByRole('button', { name: '完成' }).click()
  await page.getByText('支付成功', { exact: true }).waitFor()
  expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
  await one.end()
})

describe('Midas’s own document', () => {
  // The document has one address of the script in its part on payments, and another in its part on contracts.
  const ownScripts = [
    'https://midas.gtimg.cn/openmidas/jsapi/openMidas.js',
    'https://midas.gtimg.cn/midas/open/openMidas.js',
  ]
  const tagsOf = (
    ownScript: string,
  ) => `<script src="https://midas.gtimg.cn/openmidas/jsapi/config/openMidasConfig.xxx.js"></script>
<script src="${ownScript}"></script>`
  // The examples of the two interfaces (接口 1 and 接口 2), exactly as in Midas's document.
  const dialog = `someAsyncRequest(function(payInfo){
    OpenMidas.pay(payInfo, function(resultCode, innerCode, resultMsg, appMetadata){
        document.title = [resultCode, appMetadata].join()
    }, appMetadata);//方式1调用
});`
  const redirect = `someAsyncRequest(function(payInfo){
   OpenMidas.pay(payInfo, appMetadata);//方式2调用
});`
  const pageOf = (ownScript: string, code: string, payInfo: string) =>
    `<!doctype html><html><head><meta charset="utf-8"><title>-</title><link rel="icon" href="data:,">${pointed(tagsOf(ownScript))}</head><body><script>
OpenMidas.init('release')
var appMetadata = 'a=1'
function someAsyncRequest(done) { setTimeout(function () { done(${JSON.stringify(payInfo)}) }, 10) }
${code}</script></body></html>`

  const cases = ownScripts.flatMap((ownScript) => [
    ['接口 1', ownScript, dialog] as const,
    ['接口 2', ownScript, redirect] as const,
  ])
  it.each(cases)('%s with the script %s ends in a paid order', async (_, ownScript, code) => {
    const { orderNo, payInfo } = await newPayment(shop, `${shop.site.origin}/callback`)
    const one = await visit(shop, { html: '<!doctype html><title>site</title>' })
    shop.site.pages.set('/', pageOf(ownScript, code, payInfo))
    const scanned = await one.codeOf(() => one.page.reload())
    await shop.stage.cloud.post('/local/pay', { payInfo: scanned })
    if (code === dialog) await one.page.waitForFunction('document.title === "0,a=1"')
    else await one.page.waitForURL(/callback\?resultCode=0&innerCode=.*&appMetadata=a%3D1$/)
    expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
    await one.end()
  })
})

describe('contracts', () => {
  const words = {
    'zh-CN': { sign: '同意并开通', refuse: '暂不开通', signed: '开通成功', back: '返回商家' },
    'en-US': { sign: 'Agree and sign', refuse: 'Not now', signed: 'Signed', back: 'Back to the merchant' },
  }
  type Locale = keyof typeof words
  const contractTags =
    '<script src="https://midas.gtimg.cn/openmidas/jsapi/config/openMidasConfig.xxx.js"></script><script src="https://midas.gtimg.cn/midas/open/openMidas.js"></script>'
  const code = (): string =>
    example('Contracts')
      .replace('// The page for signing did not open.', 'answers.push([resultCode, innerCode, resultMsg])')
      .replace('// It opens now: take your own loading picture away.', 'name += "done"')
  const open = (script: string, locale: Locale = 'zh-CN'): Promise<Visit> =>
    visit(
      shop,
      {
        html: `<!doctype html><html><head><meta charset="utf-8"><title>club</title><link rel="icon" href="data:,">${pointed(contractTags)}</head><body><button id="buy">Join</button><script>
window.answers = []
document.querySelector('#buy').onclick = function () {
${script}
}</script></body></html>`,
      },
      { locale, userAgent: phoneAgent },
    )

  it.each(Object.keys(words) as Locale[])('a person signs and comes back (%s)', async (locale) => {
    const t = words[locale]
    const userId = `signs${locale.slice(0, 2)}`
    const script = code().replace('user00042', userId).replace("'/contract'", "'/contract?club=7#top'")
    const one = await open(script, locale)
    const { page } = one
    await one.context.addCookies([{ name: 'wechat', value: `person%3D${userId}`, url: shop.stage.cloud.url }])
    await one.buy()
    await page.waitForURL('**/sandbox/midas/sign/**')
    await picture(page, `sign-${locale}`)
    await page.getByRole('button', { name: t.sign }).click()
    await page.getByText(t.signed, { exact: true }).waitFor()
    await page.getByRole('button', { name: t.back }).click()
    await page.waitForURL(`${shop.site.origin}/contract?**`)
    const { searchParams, hash } = new URL(page.url())
    expect([Object.fromEntries(searchParams), hash]).toEqual([
      {
        club: '7',
        appId: '1450009001',
        openId: expect.stringMatching(/^oOfficial_/),
        channel: 'wechat',
        fromSign: '1',
      },
      '#top',
    ])
    expect(await page.evaluate('name')).toBe('done')
    // Midas refuses a second contract of the same user.
    await page.goto(shop.site.origin)
    await one.buy()
    expect(await one.answers()).toEqual([[-1, 'mc-1-3', expect.stringContaining('signed')]])
    await one.end()
  })

  it('a person who refuses comes back too, and can sign later', async () => {
    const t = words['zh-CN']
    const one = await open(code().replace('user00042', 'refuses'))
    const { page } = one
    for (let times = 0; times < 2; times++) {
      await page.goto(shop.site.origin)
      await one.buy()
      await page.getByRole('button', { name: t.refuse }).click()
      await page.getByRole('button', { name: t.back }).click()
      await page.waitForURL(/contract\?.*fromSign=1$/)
    }
    await one.end()
  })

  it('a page that sends no Referer otherwise sends one to WeChat’s page', async () => {
    shop.site.headers = { 'referrer-policy': 'no-referrer' }
    const one = await open(code().replace('user00042', 'referrer'))
    await one.buy()
    await one.page.getByRole('button', { name: words['zh-CN'].sign }).waitFor()
    shop.site.headers = {}
    await one.end()
  })

  it.each([
    ['https://evil.example/contract', -1, 'mc-1-3'],
    ['javascript:alert(1)', -3, 'mc-3-6'],
    ['https://127.0.0.1@evil.example/', -3, 'mc-3-6'],
    ['/contract', -3, 'mc-3-6'],
  ])('redirectUrl %s opens nothing', async (address, resultCode, innerCode) => {
    const one = await open(code().replace("location.origin + '/contract'", JSON.stringify(address)))
    await one.buy()
    expect(await one.answers()).toEqual([[resultCode, innerCode, expect.any(String)]])
    expect(await one.page.evaluate('name')).toBe('')
    expect(one.page.url()).toBe(`${shop.site.origin}/`)
    await one.end()
  })

  it.each([
    ["channel: 'wechat'", "channel: 'alipay'"],
    ["userId: 'user00042'", 'userId: 42'],
    ["appId: '1450009001'", "appId: ''"],
  ])('%s → %s is a wrong call', async (right, wrong) => {
    const one = await open(code().replace(right, wrong))
    await one.buy()
    expect(await one.answers()).toEqual([[-3, 'mc-3-6', expect.any(String)]])
    await one.end()
  })
})

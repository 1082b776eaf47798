// The tasks that only a person can do after a deployment, each with the place where to do it. The command prints them
// in Chinese and English.

interface Task {
  zh: string
  en: string
}

/**
 * @param address of HTTP access
 * @param providers codes of the providers in use
 */
export function tasksByHand(address: string | undefined, envId: string, providers: readonly string[]): string {
  const base = address ?? 'https://ADDRESS'
  const notices = providers.map((code) => `      ${base}/notify/${code}`).join('\n')
  const tasks: Task[] = [
    {
      zh: `店铺设置：把下面的 publicUrl 写进 shop.json，再运行 npm run settings -- --env ${envId} put shop shop.json\n      "publicUrl": "${base}"`,
      en: `Shop settings: put this publicUrl into shop.json, then npm run settings -- --env ${envId} put shop shop.json`,
    },
    {
      zh: `支付通知地址：登记到各支付平台的商户后台（只登记您用到的）\n${notices}`,
      en: 'Notice addresses: enter those of your providers in each provider’s merchant console',
    },
    {
      zh: `店主：运行 npm run settings -- --env ${envId} claim，在小程序“我的 → 店员入口”输入显示的口令`,
      en: `Owner: npm run settings -- --env ${envId} claim, then enter the code in the mini-program under 我的 → 店员入口`,
    },
    {
      zh: `小程序：把环境 ID ${envId} 写进 miniprogram/settings.ts，把 AppID 写进 project.config.json，用微信开发者工具上传`,
      en: `Mini-program: environment ${envId} into miniprogram/settings.ts, your AppID into project.config.json, then upload with WeChat DevTools`,
    },
    {
      zh: '下载域名：微信公众平台 → 开发管理 → 开发设置 → 服务器域名 → downloadFile 合法域名，填云存储的域名（云开发控制台 → 存储 → 文件 → 任一文件的下载地址）；request 合法域名不用填，小程序走云函数',
      en: 'Download domain: WeChat console → 开发管理 → 开发设置 → 服务器域名 → downloadFile 合法域名: the domain of cloud storage; no request domain is needed, because the mini-program calls functions',
    },
    {
      zh: '隐私保护指引：微信公众平台 → 设置 → 服务内容声明 → 用户隐私保护指引，勾选：剪切板、相册（仅写入）、选中的文件；用途见 docs/privacy.md',
      en: 'Privacy guide: WeChat console → 设置 → 服务内容声明 → 用户隐私保护指引: enter the three items above; docs/privacy.md has the purposes to copy',
    },
    {
      zh: '备案：微信公众平台 → 设置 → 基本设置 → 小程序备案；自有域名要先完成 ICP 备案，再到云开发控制台 → HTTP 访问服务 → 自定义域名添加',
      en: 'Filing: WeChat console → 设置 → 基本设置 → 小程序备案; a domain of your own needs an ICP filing before CloudBase console → HTTP 访问服务 → 自定义域名',
    },
    {
      zh: '发货信息管理：微信公众平台 → 功能 → 订单中心 → 发货信息管理，开通后微信才会结算实物订单的货款',
      en: 'Shipping: WeChat console → 功能 → 订单中心 → 发货信息管理: WeChat settles goods only after shipping is reported',
    },
    {
      zh: `消息推送：微信公众平台 → 开发 → 开发管理 → 消息推送配置，地址填 ${base}/notify/wechat，加密方式选安全模式；Token 和 EncodingAESKey 先存到店铺设置的 messagePush`,
      en: 'Message push: WeChat console → 开发 → 开发管理 → 消息推送配置, with this address and 安全模式; first store Token and EncodingAESKey as messagePush of the shop',
    },
    {
      zh: '虚拟支付（卖虚拟商品才需要）：微信公众平台 → 虚拟支付，开通后发布道具，道具 ID 填商品编号、价格一致；OfferId 和 AppKey 存到 virtualpay 的设置',
      en: 'Virtual payment (only for virtual products): WeChat console → 虚拟支付: open it, publish each product’s code as 道具 ID with its price, and store OfferId and AppKey as settings of virtualpay',
    },
    {
      zh: `投诉通知：微信支付商户平台 → 账户中心 → 消费者投诉 → 通知地址，填 ${base}/notify/wechatpay；投诉要在一天内回复、三天内处理完`,
      en: 'Complaints: WeChat Pay merchant console → 账户中心 → 消费者投诉 → 通知地址, as above; WeChat wants an answer within a day and the end within three',
    },
    {
      zh: '网页版：云开发控制台 → 静态网站托管 → 基础配置，错误文档填 web/index.html，这样直接打开某一页或刷新都不会报 404',
      en: 'Website: CloudBase console → 静态网站托管 → 基础配置: error document web/index.html, so that a link to a page, and a reload, find the shop',
    },
    {
      zh: `网页版（在公众号里卖才需要）：公众号后台 → 设置与开发 → 公众号设置 → 功能设置 → 网页授权域名，填 ${base.replace('https://', '')}；微信支付商户平台 → 产品中心 → 开发配置 → JSAPI 支付授权目录，填 ${base}/web/`,
      en: 'Website (only inside an official account): its console → 设置与开发 → 公众号设置 → 功能设置 → 网页授权域名, and WeChat Pay merchant console → 产品中心 → 开发配置 → JSAPI 支付授权目录, as above',
    },
    {
      zh: '委托代扣（卖订阅才需要）：微信支付商户平台 → 产品中心 → 委托代扣，申请扣费模板并记下模板 ID',
      en: 'Recurring payments (only for plans): WeChat Pay merchant console → 产品中心 → 委托代扣: apply for a template',
    },
    {
      zh: '提交审核：在备注里写明测试方法；先用每个支付平台各付 0.01 元并退款，确认能收能退',
      en: 'Review: say in the notes how to try it. Before that, pay 0.01 yuan with each provider and refund it',
    },
  ]
  return `\n只有您本人能做的事 / What only you can do\n${tasks.map(({ zh, en }, at) => `${String(at + 1).padStart(3)}. ${zh}\n     ${en}`).join('\n')}`
}

// Every sentence that a user can see, in Chinese and English, by code; those about contracts stand in contractMessages.ts.
// Both languages are complete or it does not compile.
import type { Doer, LimitName, OrderView, RefundView } from '../cloudfunctions/shared/api'
import type { FailureCode } from './services/cloud'
import type { ResultCode } from './services/payment'
import type { PaymentWord, Standing } from './standing'

/** What a user can do after a failure. */
export type Way = 'retry' | 'shop' | 'orders' | 'contact'

export const wayOn = {
  BadInput: 'shop',
  NotFound: 'orders',
  Forbidden: 'contact',
  Conflict: 'orders',
  Unsupported: 'contact',
  BadSignature: 'contact',
  Mismatch: 'contact',
  ProviderRefused: 'retry',
  ProviderUnavailable: 'retry',
  Internal: 'retry',
  Network: 'retry',
  OldWeChat: 'retry',
} satisfies Record<FailureCode, Way>

interface Titled {
  title: string
  text: string
}

interface Messages {
  tabs: { shop: string; orders: string; me: string }
  me: { title: string; staff: string; staffNote: string }
  errors: Record<FailureCode, string>
  limits: Record<LimitName, string>
  ways: Record<Way, string>
  standings: Record<Standing, Titled>
  /** instead of the standing's own sentence, while the order is not yet paid; never the SDK's own text */
  results: Record<ResultCode, Titled>
  /** when waiting for news has lasted a minute */
  late: Record<'paid' | 'unknown' | 'closing', Titled>
  surplus: string
  timeline: Record<OrderView['timeline'][number]['what'], string>
  /** who did it, between the parts of a line */
  doers: Record<Doer, string>
  payments: Record<PaymentWord, string>
  refunds: Record<RefundView['state'], string>
  refundReason: (reason: string) => string
  /** a charge of a subscription, as a way to pay */
  debit: string
  /** a way to pay that this shop no longer has */
  otherMethod: string
  /** opens the rest of a long list of ways to pay */
  moreMethods: string
  /** how a way to pay goes on, where that is not WeChat's own sheet */
  hows: { qrcode: string; link: string }
  stepper: { add: string; remove: string; of: string }
  shop: {
    title: string
    lead: string
    total: string
    checkout: string
    emptyTitle: string
    emptyText: string
    retry: string
    oneCurrency: string
    chooseFirst: string
  }
  checkout: {
    title: string
    items: string
    total: string
    method: string
    pay: string
    emptyTitle: string
    emptyText: string
    toShop: string
    noMethod: string
    priceChanged: string
    kept: string
    leaveOut: string
  }
  order: {
    title: string
    timeLeft: string
    pay: string
    payAnyway: string
    /** on a tap while something else is under way */
    wait: string
    payAnywayTitle: string
    payAnywayText: string
    back: string
    refresh: string
    cancel: string
    cancelTitle: string
    cancelText: string
    cancelYes: string
    cancelNo: string
    contact: string
    again: string
    items: string
    total: string
    refunded: string
    method: string
    timeline: string
    payments: string
    surplus: string
    /** money that came after the order had closed, and is all that came */
    late: string
    refunds: string
    number: string
    copy: string
    copied: string
    link: string
    linkText: string
    copyLink: string
    code: string
    /** who scans the code, with the name of the way to pay */
    codeText: (method: string) => string
    saveCode: string
    saved: string
    saveFailed: string
    albumTitle: string
    albumText: Record<'refused' | 'refusedBySystem' | 'privacyRefused' | 'privacyUndeclared', string>
    albumSettings: string
    /** asks for the result after paying elsewhere */
    checkPaid: string
    notPaidYet: string
  }
  orders: {
    title: string
    tabs: Record<'all' | 'open' | 'paid' | 'closed', string>
    backOffice: string
    emptyTitle: string
    emptyText: string
    toShop: string
    more: string
    end: string
    moreFailed: string
    retry: string
    open: string
  }
  loading: string
  /** "3 件" */
  pieces: (count: number) => string
  /** between the titles of an order's first lines and what is left out */
  andMore: (titles: string, count: number) => string
}

const chinese: Messages = {
  tabs: { shop: '商店', orders: '订单', me: '我的' },
  me: { title: '我的', staff: '店员入口', staffNote: '本店的人从这里进后台' },
  errors: {
    BadInput: '所选商品刚刚有了变化，请回商店看看再下单。',
    NotFound: '没有找到这笔订单，可能不在当前微信号名下。',
    Forbidden: '当前微信号不能进行这项操作，如有疑问请联系商家。',
    Conflict: '订单状态已经变化，请以订单页显示的为准。',
    Unsupported: '这种支付方式暂时不能用，请换一种，或联系商家。',
    BadSignature: '支付平台的答复未通过校验，没有做任何改动，请联系商家。',
    Mismatch: '支付平台的答复与订单不一致，请联系商家核对。',
    ProviderRefused: '支付平台没有接受这次请求，没有扣款。请再试一次，或换一种支付方式。',
    ProviderUnavailable: '支付平台暂时联系不上，没有扣款。请稍后再试，或换一种支付方式。',
    Internal: '我们这边出了点问题，请稍后再试。',
    Network: '网络不太顺畅，没有收到答复。再试一次不会重复下单。',
    OldWeChat: '当前微信版本过低，请更新微信后再试。',
  },
  limits: {
    openOrders: '您还有好几笔订单没付款，请先付款或取消一笔，再下新单。',
    attemptsPerHour: '您这一小时内操作的次数有点多，请过一会儿再来。',
    waitingAttempts: '这笔订单有几次支付还在等结果，请稍等一会儿再试。',
  },
  ways: { retry: '再试一次', shop: '回商店', orders: '查看订单', contact: '联系商家' },
  standings: {
    toPay: { title: '待支付', text: '订单已为您保留，请在有效时间内支付。' },
    confirming: { title: '确认中', text: '有一次支付正在等待结果，请先不要再次支付。' },
    cancelling: { title: '取消中', text: '正在与支付平台核对并关闭订单，请不要再支付。' },
    expiring: { title: '已过期', text: '已过支付时间，正在与支付平台核对并关闭订单，请不要再支付。' },
    paid: { title: '已支付', text: '款项已经收到，谢谢惠顾。' },
    refunding: { title: '退款中', text: '退款已提交，到账后这里会更新。' },
    partlyRefunded: { title: '已部分退款', text: '部分款项已按原路退回。' },
    refunded: { title: '已退款', text: '款项已按原路退回，具体到账时间以支付平台为准。' },
    disputed: {
      title: '金额待核对',
      text: '已收到付款，但金额与订单不一致，商家正在核对。请不要再次支付，如有疑问请联系商家。',
    },
    receivedLate: { title: '钱已收到', text: '付款到账时订单已经关闭，请联系商家处理或退款，不用再付一次。' },
    refundFailed: { title: '退款失败', text: '有一笔退款没有成功，钱还在商家这里。商家会重新处理，也可以联系商家。' },
    cancelled: { title: '已取消', text: '订单已取消，不会再扣款。' },
    expired: { title: '已过期', text: '超过支付时间，订单已自动关闭。需要的话可以重新下单。' },
    closed: { title: '已关闭', text: '订单已关闭，不会再扣款。' },
  },
  results: {
    '0': { title: '正在确认', text: '支付已提交，正在与服务器确认，通常只需几秒。' },
    '-1': { title: '支付失败', text: '没有扣款。可以再试一次，或换一种支付方式。' },
    '-2': { title: '支付已取消', text: '订单仍为您保留，准备好了随时可以支付。' },
    '-3': { title: '没能打开支付', text: '这是我们的问题，没有扣款。请联系商家，或换一种支付方式。' },
    '-4': { title: '正在核实', text: '还不知道这次支付的结果，正在向支付平台核实，请先不要再次支付。' },
  },
  late: {
    paid: { title: '结果确认中', text: '确认需要的时间比平时长。付款成功后订单会自动更新，不用再付一次。' },
    unknown: { title: '结果确认中', text: '支付平台还没有给出结果。有了结果订单会自动更新，也可以稍后刷新看看。' },
    closing: { title: '结果确认中', text: '支付平台还没有答复，核对完成后订单会自动关闭。' },
  },
  surplus: '订单关闭或付清之后又收到了一笔款项。这笔钱没有丢，商家会为您处理或退回。',
  timeline: {
    created: '提交订单',
    attempt: '发起支付',
    refused: '支付平台未受理',
    paid: '收到付款',
    paymentFailed: '支付失败',
    paymentClosed: '支付已关闭',
    cancelled: '取消订单',
    expired: '超时未付',
    closed: '订单关闭',
    refundRequested: '发起退款',
    refunded: '退款完成',
    refundFailed: '退款失败',
    refundUnknown: '有退款，金额核对中',
  },
  doers: { shopper: '您', shop: '商家', provider: '支付平台', system: '系统自动' },
  payments: {
    created: '等待结果',
    pending: '等待结果',
    failed: '支付失败',
    closed: '已关闭',
    paid: '已支付',
    disputed: '金额待核对',
    toPay: '待支付',
    cancelled: '已取消',
    over: '未支付，已关闭',
  },
  refunds: { requested: '退款中', pending: '退款中', failed: '退款失败', done: '已退回' },
  refundReason: (reason) => `原因：${reason}`,
  debit: '自动扣款',
  otherMethod: '其他支付方式',
  moreMethods: '更多支付方式',
  hows: { qrcode: '显示二维码，扫码付款', link: '复制链接，到浏览器里付' },
  stepper: { add: '增加', remove: '减少', of: '数量' },
  shop: {
    title: '小收银台',
    lead: '今日在售',
    total: '合计',
    checkout: '去结算',
    emptyTitle: '暂时没有商品',
    emptyText: '店主正在上新，过会儿再来看看。',
    retry: '重新加载',
    oneCurrency: '一笔订单只能用一种货币',
    chooseFirst: '请先选择商品',
  },
  checkout: {
    title: '确认订单',
    items: '商品',
    total: '合计',
    method: '支付方式',
    pay: '支付',
    emptyTitle: '还没有选商品',
    emptyText: '先去商店挑几样吧。',
    toShop: '去商店',
    noMethod: '目前没有可用的支付方式，请联系商家。',
    priceChanged: '价格刚刚有更新，请确认新的金额后再支付。',
    kept: '订单已为您保留，也可以稍后在“订单”里支付。',
    leaveOut: '有商品已下架，已从清单中移除。',
  },
  order: {
    title: '订单详情',
    timeLeft: '剩余支付时间',
    pay: '支付',
    payAnyway: '仍要支付',
    wait: '请稍候',
    payAnywayTitle: '再付一次？',
    payAnywayText: '上一次支付的结果还不确定。如果已经扣过款，再付可能会重复扣款；多收的钱会由商家处理或退回。',
    back: '先不付',
    refresh: '刷新结果',
    cancel: '取消订单',
    cancelTitle: '取消这笔订单？',
    cancelText: '取消后不能再支付，需要时可以重新下单。',
    cancelYes: '取消订单',
    cancelNo: '再想想',
    contact: '联系商家',
    again: '再去逛逛',
    items: '商品',
    total: '合计',
    refunded: '已退款',
    method: '支付方式',
    timeline: '订单进度',
    payments: '支付记录',
    surplus: '多收',
    late: '订单关闭后到账',
    refunds: '退款记录',
    number: '订单号',
    copy: '复制',
    copied: '已复制',
    link: '付款链接',
    linkText: '微信小程序不能打开外部的付款网页。请复制链接，到手机浏览器里打开付款，再回到这里，结果会自动更新。',
    copyLink: '复制链接',
    code: '付款二维码',
    codeText: (method) =>
      `请用${method.replace(/(扫码(支付|付)?|二维码|支付)$/, '')}扫码付款。用另一台手机对着屏幕扫最方便；也可以保存到相册，再到付款应用的“扫一扫”里选取，有的应用不支持这样付款。付款后这里会自动更新。`,
    saveCode: '保存到相册',
    saved: '已保存到相册',
    saveFailed: '没能保存，请截屏代替',
    albumTitle: '不能保存到相册',
    albumText: {
      refused: '小程序没有保存到相册的权限。可以去设置里打开再试，也可以直接截屏。',
      refusedBySystem: '手机没有允许微信使用相册。可以去系统设置里打开再试，也可以直接截屏。',
      privacyRefused: '您没有同意隐私保护指引，图片没有保存。可以再点一次并选择同意，也可以直接截屏。',
      privacyUndeclared: '这个小程序暂时不能使用相册，请直接截屏；也可以把这个情况告诉商家。',
    },
    albumSettings: '去设置',
    checkPaid: '已付款，查看结果',
    notPaidYet: '还没有收到付款',
  },
  orders: {
    title: '我的订单',
    tabs: { all: '全部', open: '待支付', paid: '已支付', closed: '已关闭' },
    emptyTitle: '这里还没有订单',
    emptyText: '下单以后可以在这里查看和支付。',
    backOffice: '商家后台',
    toShop: '去商店',
    more: '正在加载更多',
    end: '没有更多了',
    moreFailed: '没能加载更多，点这里再试',
    retry: '重新加载',
    open: '查看订单',
  },
  loading: '加载中',
  pieces: (count) => `共 ${count} 件`,
  andMore: (titles, count) => `${titles}等 ${count} 种`,
}

const english: Messages = {
  tabs: { shop: 'Shop', orders: 'Orders', me: 'Me' },
  me: { title: 'Me', staff: 'For staff', staffNote: 'The way in for those who work here' },
  errors: {
    BadInput: 'Something you chose has just changed. Please go back to the shop and check.',
    NotFound: 'This order was not found. It may belong to another WeChat account.',
    Forbidden: 'This WeChat account may not do that. Please contact the shop if you think it should.',
    Conflict: 'The order has changed meanwhile. What the order page shows is right.',
    Unsupported: 'This way to pay cannot be used right now. Choose another one, or contact the shop.',
    BadSignature: 'The payment platform’s answer failed our check and nothing was changed. Please contact the shop.',
    Mismatch: 'The payment platform’s answer does not match the order. Please contact the shop.',
    ProviderRefused:
      'The payment platform did not accept the request. You were not charged. Try again or pay another way.',
    ProviderUnavailable:
      'The payment platform cannot be reached. You were not charged. Try again later or pay another way.',
    Internal: 'Something went wrong on our side. Please try again in a moment.',
    Network: 'No answer came: the network is slow. Trying again will not order twice.',
    OldWeChat: 'This version of WeChat is too old. Please update WeChat and come back.',
  },
  limits: {
    openOrders: 'You have many orders that are not paid. Please pay or cancel one before you place another.',
    attemptsPerHour: 'You have tried very often within an hour. Please come back a little later.',
    waitingAttempts: 'Several payments of this order still wait for their result. Please try again in a moment.',
  },
  ways: { retry: 'Try again', shop: 'Back to shop', orders: 'See orders', contact: 'Contact the shop' },
  standings: {
    toPay: { title: 'To pay', text: 'Your order is kept for you. Please pay while it is valid.' },
    confirming: { title: 'Confirming', text: 'A payment is waiting for its result. Please do not pay again yet.' },
    cancelling: {
      title: 'Cancelling',
      text: 'We are checking with the payment platform and closing the order. Please do not pay.',
    },
    expiring: {
      title: 'Expired',
      text: 'The time to pay is over. We are checking with the payment platform and closing the order.',
    },
    paid: { title: 'Paid', text: 'We have received your payment. Thank you!' },
    refunding: { title: 'Refunding', text: 'Your refund is on its way. This page will update when it arrives.' },
    partlyRefunded: { title: 'Partly refunded', text: 'Part of your payment has gone back the way it came.' },
    refunded: {
      title: 'Refunded',
      text: 'Your payment has gone back the way it came. When it arrives depends on the platform.',
    },
    disputed: {
      title: 'Amount being checked',
      text: 'We received a payment, but not of this amount, and the shop is checking it. Please do not pay again.',
    },
    receivedLate: {
      title: 'Payment received',
      text: 'Your payment arrived after the order had closed. Contact the shop about it; do not pay again.',
    },
    refundFailed: {
      title: 'Refund failed',
      text: 'A refund did not go through and the shop still has the money. The shop will try again; you can also contact it.',
    },
    cancelled: { title: 'Cancelled', text: 'The order is cancelled. You will not be charged.' },
    expired: {
      title: 'Expired',
      text: 'The order was not paid in time and has closed. You are welcome to order again.',
    },
    closed: { title: 'Closed', text: 'The order is closed. You will not be charged.' },
  },
  results: {
    '0': {
      title: 'Confirming',
      text: 'Your payment was submitted. We are confirming it with our server; a few seconds, usually.',
    },
    '-1': { title: 'Payment failed', text: 'You were not charged. You can try again, or choose another way to pay.' },
    '-2': { title: 'Payment cancelled', text: 'Your order is still kept for you. Pay whenever you are ready.' },
    '-3': {
      title: 'Could not open payment',
      text: 'This is our fault, and you were not charged. Contact the shop, or choose another way to pay.',
    },
    '-4': {
      title: 'Checking',
      text: 'We do not know the result yet and are asking the payment platform. Please do not pay again yet.',
    },
  },
  late: {
    paid: {
      title: 'Still confirming',
      text: 'Confirming takes longer than usual. The order will update by itself; do not pay again.',
    },
    unknown: {
      title: 'Still confirming',
      text: 'The payment platform has no result yet. The order will update by itself; you can also check later.',
    },
    closing: {
      title: 'Still confirming',
      text: 'The payment platform has not answered yet. The order will close by itself after the check.',
    },
  },
  surplus:
    'More money arrived after this order was closed or paid. It is not lost: the shop will settle it or send it back.',
  timeline: {
    created: 'Ordered',
    attempt: 'Payment started',
    refused: 'Refused by the platform',
    paid: 'Payment received',
    paymentFailed: 'Payment failed',
    paymentClosed: 'Payment closed',
    cancelled: 'Cancelled',
    expired: 'Not paid in time',
    closed: 'Closed',
    refundRequested: 'Refund started',
    refunded: 'Refunded',
    refundFailed: 'Refund failed',
    refundUnknown: 'Refunded in part, amount being checked',
  },
  doers: { shopper: 'you', shop: 'the shop', provider: 'the payment platform', system: 'automatic' },
  payments: {
    created: 'Waiting',
    pending: 'Waiting',
    failed: 'Failed',
    closed: 'Closed',
    paid: 'Paid',
    disputed: 'Amount being checked',
    toPay: 'To pay',
    cancelled: 'Cancelled',
    over: 'Not paid, closed',
  },
  refunds: { requested: 'Under way', pending: 'Under way', failed: 'Failed', done: 'Returned' },
  refundReason: (reason) => `Reason: ${reason}`,
  debit: 'Automatic charge',
  otherMethod: 'Another way to pay',
  moreMethods: 'More ways to pay',
  hows: { qrcode: 'Scan a QR code to pay', link: 'Copy a link and pay in a browser' },
  stepper: { add: 'Add', remove: 'Remove', of: 'Quantity' },
  shop: {
    title: 'Mini Cashier',
    lead: 'On sale today',
    total: 'Total',
    checkout: 'Check out',
    emptyTitle: 'Nothing here yet',
    emptyText: 'New things are on their way. Please come back soon.',
    retry: 'Load again',
    oneCurrency: 'One currency per order, please',
    chooseFirst: 'Choose something first',
  },
  checkout: {
    title: 'Checkout',
    items: 'Items',
    total: 'Total',
    method: 'Pay with',
    pay: 'Pay',
    emptyTitle: 'Nothing chosen yet',
    emptyText: 'Pick something in the shop first.',
    toShop: 'Go to shop',
    noMethod: 'There is no way to pay right now. Please contact the shop.',
    priceChanged: 'Prices have just been updated. Please check the new amount before you pay.',
    kept: 'Your order is kept. You can also pay it later under Orders.',
    leaveOut: 'Something is no longer on sale and was taken off the list.',
  },
  order: {
    title: 'Order',
    timeLeft: 'Time left to pay',
    pay: 'Pay',
    payAnyway: 'Pay anyway',
    wait: 'One moment, please',
    payAnywayTitle: 'Pay again?',
    payAnywayText:
      'The last payment’s result is not known. If it went through, you may be charged twice; the shop settles or returns what is too much.',
    back: 'Not now',
    refresh: 'Check again',
    cancel: 'Cancel order',
    cancelTitle: 'Cancel this order?',
    cancelText: 'It cannot be paid afterwards. You can order again at any time.',
    cancelYes: 'Cancel it',
    cancelNo: 'Keep it',
    contact: 'Contact the shop',
    again: 'Back to shop',
    items: 'Items',
    total: 'Total',
    refunded: 'Refunded',
    method: 'Pay with',
    timeline: 'What happened',
    payments: 'Payments',
    surplus: 'extra',
    late: 'arrived after the order closed',
    refunds: 'Refunds',
    number: 'Order no.',
    copy: 'Copy',
    copied: 'Copied',
    link: 'Payment link',
    linkText:
      'A WeChat mini-program cannot open payment pages of other sites. Copy the link, pay in the phone’s browser, then come back: this page updates by itself.',
    copyLink: 'Copy link',
    code: 'Payment QR code',
    codeText: (method) =>
      `Scan this code to pay (${method}). Scanning it with another phone works best. You can also save it and pick it in the payment app’s scanner, though some apps refuse that. This page updates by itself.`,
    saveCode: 'Save to album',
    saved: 'Saved to album',
    saveFailed: 'Could not save. A screenshot works too',
    albumTitle: 'Cannot save to the album',
    albumText: {
      refused:
        'This mini-program may not save to your album. Allow it in the settings and try again, or take a screenshot.',
      refusedBySystem:
        'Your phone does not let WeChat use the album. Allow it in the system settings, or take a screenshot.',
      privacyRefused:
        'You did not agree to the privacy guide, so the picture was not saved. Tap again and agree, or take a screenshot.',
      privacyUndeclared:
        'This mini-program cannot use the album at the moment. Please take a screenshot, and tell the shop if you like.',
    },
    albumSettings: 'Settings',
    checkPaid: 'I have paid: check',
    notPaidYet: 'No payment has arrived yet',
  },
  orders: {
    title: 'My orders',
    tabs: { all: 'All', open: 'To pay', paid: 'Paid', closed: 'Closed' },
    emptyTitle: 'No orders here yet',
    emptyText: 'What you order can be found and paid here.',
    backOffice: 'Shop back office',
    toShop: 'Go to shop',
    more: 'Loading more',
    end: 'That is all',
    moreFailed: 'Could not load more. Tap to try again',
    retry: 'Load again',
    open: 'See order',
  },
  loading: 'Loading',
  pieces: (count) => (count === 1 ? '1 item' : `${count} items`),
  andMore: (titles, count) => `${titles} and more, ${count} kinds`,
}

// Clients of before 8.0.16 know the older call alone, and have to be told that they are old.
const { language } = typeof wx.getAppBaseInfo === 'function' ? wx.getAppBaseInfo() : wx.getSystemInfoSync()

/** Chinese for every kind of Chinese that the phone may speak, English for all else. */
export const isChinese = /^zh/i.test(language || 'zh_CN')

export const messages: Messages = isChinese ? chinese : english

/** A text that the server keeps in both languages. */
export const inLanguage = (chineseText: string, englishText: string): string =>
  (isChinese ? chineseText : englishText) || chineseText || englishText

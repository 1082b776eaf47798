// Every sentence that a user can see, in Chinese and English, by code. Sentences about contracts are in
// contractMessages.ts. The Chinese sentences define the type, and the types require both languages to be complete.
import type { Doer, OrderView, RefundView, ShippingView } from '../cloudfunctions/shared/api/orders'
import type { LimitName } from '../cloudfunctions/shared/api/reply'
import type { FailureCode } from './services/cloud'
import type { PaymentWord, ResultCode, Standing } from './standing'

/** The action whose button a page offers after a failed call. */
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

/**
 * Finds the wallet's name in the name of a payment method (such as "Alipay" in "Alipay QR code") and puts it after
 * `word`. Returns an empty text if any wallet may scan the code.
 */
function walletOf(method: string, word: string): string {
  const wallet = method.replace(/(扫码(支付|付)?|二维码|支付| ?QR code( payment)?)$/, '')
  return wallet && word + wallet
}

const chinese = {
  tabs: { shop: '商店', orders: '订单', me: '我的' },
  me: { title: '我的', staff: '店员入口', staffNote: '店主和店员可在此管理店铺' },
  errors: {
    BadInput: '商品信息有变动，请返回商店确认后再下单。',
    NotFound: '没有找到这笔订单，可能是用其他微信号下的单。',
    Forbidden: '当前微信号没有操作权限，如有疑问请联系商家。',
    Conflict: '订单状态已更新，请以订单页为准。',
    Unsupported: '该支付方式暂不可用，请换一种支付方式，或联系商家。',
    BadSignature: '支付平台返回的信息未通过安全校验，本次操作已停止，请联系商家。',
    Mismatch: '支付平台返回的信息与订单不一致，请联系商家核对。',
    ProviderRefused: '支付请求未被受理，没有扣款。请重试，或换一种支付方式。',
    ProviderUnavailable: '暂时无法连接支付平台，没有扣款。请稍后再试，或换一种支付方式。',
    Internal: '系统繁忙，请稍后再试。',
    Network: '网络连接超时，请检查网络后重试。',
    OldWeChat: '微信版本过低，请更新微信后重试。',
  } satisfies Record<FailureCode, string>,
  limits: {
    openOrders: '您有多笔订单待支付，请先支付或取消，再提交新订单。',
    attemptsPerHour: '操作过于频繁，请稍后再试。',
    waitingAttempts: '这笔订单的支付结果还在确认中，请稍后再试。',
    ordersPerAddress: '当前网络下单过于频繁，请稍后再试，或在微信中打开本店下单。',
    snapshot: '当前页面为微信快照页，请点击页面下方的「使用完整服务」，然后再下单。',
  } satisfies Record<LimitName, string>,
  ways: { retry: '再试一次', shop: '返回商店', orders: '查看订单', contact: '联系商家' } satisfies Record<Way, string>,
  standings: {
    toPay: { title: '待支付', text: '请在规定时间内完成支付，超时订单将自动关闭。' },
    confirming: { title: '确认中', text: '支付结果确认中，请勿重复支付。' },
    cancelling: { title: '取消中', text: '正在核对支付结果并取消订单，请勿支付。' },
    expiring: { title: '已过期', text: '支付时间已过，正在核对支付结果并关闭订单，请勿支付。' },
    paid: { title: '已支付', text: '商家已收到您的付款，感谢惠顾。' },
    refunding: { title: '退款中', text: '退款处理中，退款成功后会在这里更新。' },
    partlyRefunded: { title: '已部分退款', text: '部分款项已原路退回。' },
    refunded: { title: '已退款', text: '款项已原路退回，到账时间以支付平台为准。' },
    disputed: {
      title: '金额待核对',
      text: '已收到付款，但金额与订单不一致，商家正在核对。请勿重复支付，如有疑问请联系商家。',
    },
    receivedLate: { title: '已收到付款', text: '付款到账时订单已关闭，请联系商家处理或退款，请勿重复支付。' },
    refundFailed: { title: '退款失败', text: '有一笔退款未成功，款项仍在商家账户。商家会重新处理，您也可以联系商家。' },
    cancelled: { title: '已取消', text: '订单已取消，不会扣款。' },
    expired: { title: '已过期', text: '超时未支付，订单已自动关闭，您可以重新下单。' },
    closed: { title: '已关闭', text: '订单已关闭，不会扣款。' },
  } satisfies Record<Standing, Titled>,
  /**
   * Shown above an unpaid order when its payment sheet has closed, by the sheet's result code. The shopper never sees
   * the text of WeChat's SDK.
   */
  results: {
    '0': { title: '正在确认', text: '支付已提交，正在确认结果，通常只需几秒。' },
    '-1': { title: '支付失败', text: '本次未扣款，请重试，或更换支付方式。' },
    '-2': { title: '支付已取消', text: '订单已为您保留，您可以继续支付。' },
    '-3': { title: '无法打开支付', text: '系统异常，未扣款。请联系商家，或换一种支付方式。' },
    '-4': { title: '正在核实', text: '暂时无法确定是否支付成功，正在向支付平台核实，请勿重复支付。' },
  } satisfies Record<ResultCode, Titled>,
  /** Shown when the order page has waited one minute for the payment result. */
  late: {
    paid: { title: '结果确认中', text: '支付结果确认时间较长，请耐心等待。确认后订单会自动更新，请勿重复支付。' },
    unknown: { title: '结果确认中', text: '暂未收到支付结果。收到后订单会自动更新，您也可以稍后刷新。' },
    closing: { title: '结果确认中', text: '暂未收到支付平台的反馈，核对完成后订单会自动更新。' },
  },
  surplus: '订单支付或关闭后，商家又收到您的一笔付款，将为您核实处理或退款。',
  timeline: {
    created: '提交订单',
    attempt: '发起支付',
    refused: '支付未受理',
    paid: '支付成功',
    paymentFailed: '支付失败',
    paymentClosed: '支付已关闭',
    cancelled: '订单已取消',
    expired: '超时未支付',
    closed: '订单已关闭',
    refundRequested: '发起退款',
    refunded: '退款成功',
    refundFailed: '退款失败',
    refundUnknown: '已退款，金额核对中',
    shippingEntered: '商家已发货',
    shipped: '',
    shippingRefused: '',
    received: '已确认收货',
  } satisfies Record<OrderView['timeline'][number]['what'], string>,
  /** In an order's history: who did something. */
  doers: { shopper: '您', shop: '商家', provider: '支付平台', system: '系统自动' } satisfies Record<Doer, string>,
  payments: {
    created: '确认中',
    pending: '确认中',
    failed: '支付失败',
    closed: '已关闭',
    paid: '已支付',
    disputed: '金额待核对',
    toPay: '待支付',
    cancelled: '已取消',
    over: '未支付，已关闭',
  } satisfies Record<PaymentWord, string>,
  refunds: { requested: '退款中', pending: '退款中', failed: '退款失败', done: '退款成功' } satisfies Record<
    RefundView['state'],
    string
  >,
  refundReason: (reason: string) => `原因：${reason}`,
  /** Name of the payment method when a subscription charge paid the order. */
  debit: '自动扣款',
  /** Name of a payment method that the shop no longer offers. */
  otherMethod: '其他支付方式',
  /** Label of the button that unfolds the list of payment methods. */
  moreMethods: '更多支付方式',
  /** How to pay with a method that does not open WeChat's payment sheet. */
  hows: { qrcode: '扫描二维码付款', link: '在浏览器的付款页面中支付' },
  stepper: { add: '增加', remove: '减少', of: '数量' },
  /** Shown when the phone could not copy a text to the clipboard. */
  notCopied: '复制失败，请重试',
  privacy: {
    title: '用户隐私保护提示',
    /** Explains why a WeChat interface needs the user's consent, by the interface's name. */
    purposes: {
      setClipboardData: '复制内容会用到您手机的剪贴板。请先阅读隐私保护指引，同意后继续。',
      saveImageToPhotosAlbum: '保存图片会用到您手机的相册。请先阅读隐私保护指引，同意后继续。',
      chooseMessageFile: '读取聊天里的文件前，请先阅读隐私保护指引，同意后继续。',
    },
    otherPurpose: '使用此功能前，请先阅读隐私保护指引，同意后继续。',
    guide: '《小程序用户隐私保护指引》',
    agree: '同意并继续',
    refuse: '不同意',
    notCopied: '未复制',
    copyText: {
      privacyRefused: '您未同意隐私保护指引，内容未能复制。您可以重试并选择同意，或手动记录：',
      privacyUndeclared: '当前小程序暂时不能使用剪贴板，请手动记录：',
    },
    again: '重试',
    close: '知道了',
  },
  shop: {
    title: '小收银台',
    lead: '今日在售',
    total: '合计',
    checkout: '去结算',
    emptyTitle: '暂无商品',
    emptyText: '商家正在上新，请稍后再来看看。',
    retry: '重新加载',
    oneCurrency: '不同币种的商品需分开下单',
    chooseFirst: '请先选择商品',
  },
  checkout: {
    title: '确认订单',
    items: '商品',
    total: '合计',
    method: '支付方式',
    pay: '支付',
    emptyTitle: '还没有选择商品',
    emptyText: '去店里逛逛，挑选喜欢的商品吧。',
    toShop: '去商店',
    noMethod: '暂无可用的支付方式，请联系商家。',
    /**
     * Shown when the order is for virtual products and the shop has not enabled WeChat's virtual payment (虚拟支付).
     */
    noVirtual: '虚拟商品须使用微信虚拟支付，本店暂未开通，请联系商家。',
    virtualAlone: '虚拟商品每次只能购买一种，且不能与其他商品一起下单。请返回商店调整后再结算。',
    /** Shown when no payment method can be chosen, by the reason that the server gives for a method. */
    elsewhere: {
      onlyOutside: '小程序内只能使用微信支付，本店暂未开通，请联系商家。',
      needsOfficialAccount: '未能获取您的微信账号信息，暂时无法支付，请重新打开本页。',
      onlyInWechat: '请在微信中打开此页面完成支付。',
      onlyOnPhone: '请在手机浏览器里打开本页支付。',
      onlyOnPc: '请在电脑上打开此页面完成支付。',
      onlyInMiniProgram: '请在小程序里支付。',
    },
    priceChanged: '价格有变动，请确认金额后再支付。',
    /** Shown when the server did not answer the request to place the order. */
    noAnswer: '网络连接超时，请重试，不会重复下单。',
    /** @param by the time of day until which the shopper can pay the order */
    kept: (by: string) => `订单已提交，请在 ${by} 前支付，您也可以稍后在“订单”中支付。`,
    leaveOut: '部分商品已下架，已为您移除。',
  },
  order: {
    title: '订单详情',
    timeLeft: '剩余支付时间',
    pay: '支付',
    payAnyway: '继续支付',
    /** Shown when the shopper taps a button while another action is running. */
    wait: '请稍候',
    payAnywayTitle: '确定再次支付？',
    payAnywayText: '上一次支付的结果还在确认中。如果已经扣款，再次支付会重复扣款，多付的款项由商家处理或退回。',
    back: '暂不支付',
    refresh: '刷新结果',
    cancel: '取消订单',
    cancelTitle: '确定取消订单？',
    cancelText: '取消后无法再支付，您可以重新下单。',
    cancelYes: '取消订单',
    cancelNo: '再想想',
    contact: '联系商家',
    again: '再去逛逛',
    shipping: '配送',
    shippingWays: {
      parcel: '快递',
      city: '同城配送',
      virtual: '虚拟商品，无需配送',
      pickup: '到店自提',
    } satisfies Record<ShippingView['way'], string>,
    shippingStates: { sending: '已发货', reported: '已发货', received: '已收货' } satisfies Record<
      ShippingView['state'],
      string
    >,
    confirmReceipt: '确认收货',
    /**
     * Shown when WeChat's page for confirming the receipt did not open, or when the shopper did not confirm on that
     * page.
     */
    notReceived: '尚未确认收货',
    items: '商品',
    total: '合计',
    refunded: '已退款',
    method: '支付方式',
    timeline: '订单进度',
    payments: '支付记录',
    surplus: '多付',
    /** Title of a payment that arrived after the order was closed, when the order has no other payment. */
    late: '订单关闭后到账',
    refunds: '退款记录',
    number: '订单号',
    copy: '复制',
    copied: '已复制',
    link: '付款链接',
    linkText:
      '微信内无法打开付款页面，请复制链接，在手机浏览器中付款；如果已在浏览器中，直接点击链接即可。付款后返回这里，结果会自动更新。',
    copyLink: '复制链接',
    code: '付款二维码',
    /** @param method name of the payment method; the text takes the wallet's name from the method's name */
    codeText: (method: string) =>
      `请${walletOf(method, '使用')}扫码付款，建议用另一台手机扫描。您也可以保存二维码，再用“扫一扫”从相册选取（部分应用不支持）。付款后，结果会自动更新。`,
    saveCode: '保存到相册',
    saved: '已保存到相册',
    saveFailed: '保存失败，请截屏保存',
    albumTitle: '无法保存到相册',
    albumText: {
      refused: '小程序没有保存到相册的权限。请在设置中开启后重试，或直接截屏。',
      refusedBySystem: '微信没有访问相册的权限。请在手机的系统设置中开启后重试，或直接截屏。',
      privacyRefused: '您未同意隐私保护指引，二维码未能保存。您可以重试并选择同意，或直接截屏。',
      privacyUndeclared: '小程序暂时无法使用相册，请直接截屏保存。',
    },
    albumSettings: '去设置',
    /** Label of the button with which a shopper asks for the result after paying outside the mini-program. */
    checkPaid: '我已付款',
    notPaidYet: '暂未收到付款',
  },
  orders: {
    title: '我的订单',
    tabs: { all: '全部', open: '待支付', paid: '已支付', closed: '已关闭' },
    emptyTitle: '暂无订单',
    emptyText: '您的订单会显示在这里。',
    backOffice: '商家后台',
    toShop: '去商店',
    more: '正在加载',
    end: '没有更多了',
    moreFailed: '加载失败，点击重试',
    retry: '重新加载',
    open: '查看订单',
  },
  loading: '加载中',
  /** The number of pieces in an order, such as "3 items". */
  pieces: (count: number) => `共 ${count} 件`,
  /** The titles of an order's first items when the order has more items than the card shows. */
  andMore: (titles: string, count: number) => `${titles}等 ${count} 种商品`,
}

const english: typeof chinese = {
  tabs: { shop: 'Shop', orders: 'Orders', me: 'Me' },
  me: { title: 'Me', staff: 'Staff sign-in', staffNote: 'Manage the shop' },
  errors: {
    BadInput: 'An item in your order has changed. Please go back to the shop and check your order.',
    NotFound: 'We couldn’t find this order. It may belong to another WeChat account.',
    Forbidden: 'Your WeChat account doesn’t have permission to do this. Contact the shop if you need help.',
    Conflict: 'Your order has been updated. Check the order page for its latest status.',
    Unsupported: 'This payment method isn’t available right now. Choose another one or contact the shop.',
    BadSignature: 'We couldn’t verify the payment provider’s response, so we stopped here. Please contact the shop.',
    Mismatch: 'The payment details don’t match your order. Please contact the shop.',
    ProviderRefused: 'Your payment request was declined. You weren’t charged. Try again or use another payment method.',
    ProviderUnavailable:
      'The payment service is unavailable. You weren’t charged. Try again later or use another payment method.',
    Internal: 'Something went wrong. Please try again in a moment.',
    Network: 'The connection timed out. Check your network and try again.',
    OldWeChat: 'Your version of WeChat is out of date. Please update WeChat and try again.',
  },
  limits: {
    openOrders: 'You have several unpaid orders. Pay for or cancel one before placing another.',
    attemptsPerHour: 'Too many attempts. Please try again later.',
    waitingAttempts: 'We’re still confirming your earlier payments for this order. Please try again in a moment.',
    ordersPerAddress: 'Too many orders from your network. Please try again later, or order in WeChat.',
    snapshot: 'This is a WeChat snapshot page. Tap “使用完整服务” (Use full service) below, then place your order.',
  },
  ways: { retry: 'Try again', shop: 'Back to shop', orders: 'View orders', contact: 'Contact the shop' },
  standings: {
    toPay: { title: 'Unpaid', text: 'Please pay before the time runs out, or your order will be cancelled.' },
    confirming: { title: 'Confirming', text: 'We’re confirming your payment. Please don’t pay again.' },
    cancelling: {
      title: 'Cancelling',
      text: 'We’re making sure you weren’t charged before we cancel your order. Please don’t pay.',
    },
    expiring: {
      title: 'Expired',
      text: 'Your payment time has run out. We’re making sure you weren’t charged before we close your order. Please don’t pay.',
    },
    paid: { title: 'Paid', text: 'We’ve received your payment. Thank you!' },
    refunding: {
      title: 'Refund pending',
      text: 'Your refund is being processed. We’ll update this page when it’s done.',
    },
    partlyRefunded: {
      title: 'Partially refunded',
      text: 'Part of your payment has been refunded to your original payment method.',
    },
    refunded: {
      title: 'Refunded',
      text: 'Your payment has been refunded to your original payment method. How soon it arrives depends on the payment provider.',
    },
    disputed: {
      title: 'Amount under review',
      text: 'We received a payment that doesn’t match your order total. The shop is looking into it. Please don’t pay again.',
    },
    receivedLate: {
      title: 'Payment received',
      text: 'Your payment arrived after your order was closed. Contact the shop for help or a refund. Please don’t pay again.',
    },
    refundFailed: {
      title: 'Refund failed',
      text: 'Your refund didn’t go through, and the shop still has the money. The shop will try again. You can also contact the shop.',
    },
    cancelled: { title: 'Cancelled', text: 'Your order was cancelled. You won’t be charged.' },
    expired: {
      title: 'Expired',
      text: 'Your order was closed because it wasn’t paid in time. You can place a new order.',
    },
    closed: { title: 'Closed', text: 'Your order is closed. You won’t be charged.' },
  },
  results: {
    '0': { title: 'Confirming', text: 'We’re confirming your payment. This usually takes a few seconds.' },
    '-1': { title: 'Payment failed', text: 'You weren’t charged. Try again or use another payment method.' },
    '-2': { title: 'Payment cancelled', text: 'We’ve saved your order. You can still pay for it.' },
    '-3': {
      title: 'Couldn’t open payment',
      text: 'Something went wrong and you weren’t charged. Contact the shop or use another payment method.',
    },
    '-4': {
      title: 'Checking payment',
      text: 'We don’t know yet whether your payment went through, so we’re checking. Please don’t pay again.',
    },
  },
  late: {
    paid: {
      title: 'Still confirming',
      text: 'This is taking longer than usual. Your order will update automatically. Please don’t pay again.',
    },
    unknown: {
      title: 'Still confirming',
      text: 'We haven’t received the result yet. Your order will update automatically, or you can check again later.',
    },
    closing: {
      title: 'Still confirming',
      text: 'The payment provider hasn’t responded yet. Your order will update automatically.',
    },
  },
  surplus: 'We received another payment after your order was paid or closed. The shop will sort it out or refund it.',
  timeline: {
    created: 'Order placed',
    attempt: 'Payment started',
    refused: 'Payment declined',
    paid: 'Payment received',
    paymentFailed: 'Payment failed',
    paymentClosed: 'Payment closed',
    cancelled: 'Order cancelled',
    expired: 'Not paid in time',
    closed: 'Order closed',
    refundRequested: 'Refund started',
    refunded: 'Refund completed',
    refundFailed: 'Refund failed',
    refundUnknown: 'Refunded, amount under review',
    shippingEntered: 'Shipped by the shop',
    shipped: '',
    shippingRefused: '',
    received: 'Receipt confirmed',
  },
  doers: { shopper: 'you', shop: 'the shop', provider: 'the payment provider', system: 'automatic' },
  payments: {
    created: 'Confirming',
    pending: 'Confirming',
    failed: 'Failed',
    closed: 'Closed',
    paid: 'Paid',
    disputed: 'Amount under review',
    toPay: 'Unpaid',
    cancelled: 'Cancelled',
    over: 'Closed unpaid',
  },
  refunds: { requested: 'Pending', pending: 'Pending', failed: 'Failed', done: 'Refunded' },
  refundReason: (reason) => `Reason: ${reason}`,
  debit: 'Automatic payment',
  otherMethod: 'Other payment method',
  moreMethods: 'More payment methods',
  hows: { qrcode: 'Scan a QR code to pay', link: 'Pay on a page in the browser' },
  stepper: { add: 'Add', remove: 'Remove', of: 'Quantity' },
  notCopied: 'Couldn’t copy. Please try again',
  privacy: {
    title: 'Your privacy',
    purposes: {
      setClipboardData: 'Copying uses your phone’s clipboard. Please read the privacy notice and agree to continue.',
      saveImageToPhotosAlbum:
        'Saving a picture uses your phone’s album. Please read the privacy notice and agree to continue.',
      chooseMessageFile: 'To open a file from your chats, please read and accept the privacy notice.',
    },
    otherPurpose: 'To use this feature, please read and accept the privacy notice.',
    guide: 'Privacy guide',
    agree: 'Agree',
    refuse: 'Not now',
    notCopied: 'Not copied',
    copyText: {
      privacyRefused:
        'You didn’t agree to the privacy notice, so nothing was copied. Try again and agree, or write it down:',
      privacyUndeclared: 'This mini-program can’t use the clipboard right now. Please write it down:',
    },
    again: 'Retry',
    close: 'OK',
  },
  shop: {
    title: 'Mini Cashier',
    lead: 'Available today',
    total: 'Total',
    checkout: 'Check out',
    emptyTitle: 'No products yet',
    emptyText: 'New products are on the way. Please check back soon.',
    retry: 'Reload',
    oneCurrency: 'Items in different currencies need separate orders',
    chooseFirst: 'Choose an item first',
  },
  checkout: {
    title: 'Checkout',
    items: 'Items',
    total: 'Total',
    method: 'Payment method',
    pay: 'Pay',
    emptyTitle: 'Your basket is empty',
    emptyText: 'Add something from the shop first.',
    toShop: 'Go to shop',
    noMethod: 'No payment methods are available right now. Please contact the shop.',
    noVirtual:
      'Virtual items require WeChat virtual payment, which this shop hasn’t set up yet. Please contact the shop.',
    virtualAlone:
      'Virtual items must be ordered separately, one kind at a time. Go back to the shop and update your basket.',
    elsewhere: {
      onlyOutside: 'Mini-programs only accept WeChat Pay, which this shop hasn’t set up yet. Please contact the shop.',
      needsOfficialAccount: 'We couldn’t verify your WeChat account. Please reopen this page to pay.',
      onlyInWechat: 'Please open this page in WeChat to pay.',
      onlyOnPhone: 'Please open this page in your phone’s browser to pay.',
      onlyOnPc: 'Please open this page on a computer to pay.',
      onlyInMiniProgram: 'Please pay in the mini-program.',
    },
    priceChanged: 'Prices have changed. Please check the new total before you pay.',
    noAnswer: 'The connection timed out. It’s safe to try again. Your order won’t be placed twice.',
    kept: (by) => `Your order has been placed. Please pay by ${by}, here or later in Orders.`,
    leaveOut: 'Some items are no longer available, so we removed them.',
  },
  order: {
    title: 'Order details',
    timeLeft: 'Time left to pay',
    pay: 'Pay',
    payAnyway: 'Pay anyway',
    wait: 'Please wait a moment',
    payAnywayTitle: 'Pay again?',
    payAnywayText:
      'We haven’t confirmed your last payment yet. If it went through, paying again charges you twice. The shop will sort out or refund any extra payment.',
    back: 'Not now',
    refresh: 'Check again',
    cancel: 'Cancel order',
    cancelTitle: 'Cancel this order?',
    cancelText: 'You won’t be able to pay for it, but you can place a new order at any time.',
    cancelYes: 'Confirm',
    cancelNo: 'Keep it',
    contact: 'Contact the shop',
    again: 'Back to shop',
    shipping: 'Delivery',
    shippingWays: {
      parcel: 'Parcel',
      city: 'Local delivery',
      virtual: 'Digital item, no shipping needed',
      pickup: 'Pick-up',
    },
    shippingStates: { sending: 'Shipped', reported: 'Shipped', received: 'Received' },
    confirmReceipt: 'Confirm receipt',
    notReceived: 'Delivery not confirmed yet',
    items: 'Items',
    total: 'Total',
    refunded: 'Refunded',
    method: 'Payment method',
    timeline: 'Order history',
    payments: 'Payments',
    surplus: 'extra payment',
    late: 'received after the order was closed',
    refunds: 'Refunds',
    number: 'Order number',
    copy: 'Copy',
    copied: 'Copied',
    link: 'Payment link',
    linkText:
      'The payment page can’t be opened in WeChat. Copy the link and pay in your phone’s browser. If you’re already in a browser, just tap the link. Come back here after you pay: this page updates automatically.',
    copyLink: 'Copy link',
    code: 'Payment QR code',
    codeText: (method) =>
      `Scan this code${walletOf(method, ' with ')}. It works best with another phone. You can also save the code and open it from the scanner in your payment app, but some apps don’t support this. This page updates automatically.`,
    saveCode: 'Save to album',
    saved: 'Saved to album',
    saveFailed: 'Couldn’t save. Please take a screenshot',
    albumTitle: 'Can’t save to album',
    albumText: {
      refused:
        'This mini-program doesn’t have permission to save to your album. Allow access in Settings and try again, or take a screenshot.',
      refusedBySystem:
        'WeChat doesn’t have access to your photos. Allow access in your phone’s settings, or take a screenshot.',
      privacyRefused:
        'You didn’t agree to the privacy notice, so the code wasn’t saved. Try again and agree, or take a screenshot.',
      privacyUndeclared: 'This mini-program can’t save to your album right now. Please take a screenshot instead.',
    },
    albumSettings: 'Settings',
    checkPaid: 'I’ve paid',
    notPaidYet: 'We haven’t received your payment yet',
  },
  orders: {
    title: 'My orders',
    tabs: { all: 'All', open: 'Unpaid', paid: 'Paid', closed: 'Closed' },
    emptyTitle: 'No orders yet',
    emptyText: 'Your orders will appear here.',
    backOffice: 'Manage shop',
    toShop: 'Go to shop',
    more: 'Loading more',
    end: 'No more orders',
    moreFailed: 'Couldn’t load more. Tap to try again',
    retry: 'Reload',
    open: 'View order',
  },
  loading: 'Loading',
  pieces: (count) => (count === 1 ? '1 item' : `${count} items`),
  andMore: (titles, count) => `${titles} and more (${count} products)`,
}

// WeChat before 8.0.16 lacks wx.getAppBaseInfo. The app asks the user of such a version to update, and needs the
// phone's language for that message too.
const { language } = typeof wx.getAppBaseInfo === 'function' ? wx.getAppBaseInfo() : wx.getSystemInfoSync()

/** True for every variant of Chinese on the phone. All other languages get English. */
export const isChinese = /^zh/i.test(language || 'zh_CN')

export const messages = isChinese ? chinese : english

/** Chooses between the Chinese and the English text of something stored in both languages. */
export const inLanguage = (chineseText: string, englishText: string): string =>
  (isChinese ? chineseText : englishText) || chineseText || englishText

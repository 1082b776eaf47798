// Every sentence about recurring contracts that a user can see, in Chinese and English, by code. All other sentences
// are in messages.ts. The types require both languages to be complete.
import type { ChargeView, ContractView, PlanView } from '../cloudfunctions/shared/api/contracts'
import { isChinese, messages } from './messages'
import type { FailureCode } from './services/cloud'
import type { ReturnWord, SigningProblem } from './services/contracts'

interface Titled {
  title: string
  text: string
}

/** The state of a contract as its subscriber sees it. */
export type ContractStanding =
  | 'toSign'
  | 'confirming'
  | 'trial'
  | 'active'
  | 'charging'
  | 'retrying'
  | 'pastDue'
  | 'ending'
  | 'ended'
  | 'notSigned'

/** The action whose button a page offers after a failed call. */
export type ContractWay = 'retry' | 'plans' | 'contracts' | 'contract' | 'contact'

/** For each result of signContract, the action that the page offers. */
export const signingWays = {
  '-1': 'retry',
  '-3': 'contact',
  '-101': 'contract',
  '402-1-2-1': 'retry',
  '402-1-2-2': 'retry',
} satisfies Record<SigningProblem, ContractWay>

export const contractWays = {
  BadInput: 'plans',
  NotFound: 'contracts',
  Forbidden: 'contact',
  Conflict: 'contracts',
  Unsupported: 'contact',
  BadSignature: 'contact',
  Mismatch: 'contact',
  ProviderRefused: 'retry',
  ProviderUnavailable: 'retry',
  Internal: 'retry',
  Network: 'retry',
  OldWeChat: 'retry',
} satisfies Record<FailureCode, ContractWay>

type Period = PlanView['period']
type Cause = NonNullable<ChargeView['cause']>

const chinesePeriods: Record<Period, string> = {
  day: '每天',
  week: '每周',
  month: '每月',
  quarter: '每季',
  year: '每年',
}
const englishPeriods: Record<Period, string> = {
  day: 'a day',
  week: 'a week',
  month: 'a month',
  quarter: 'a quarter',
  year: 'a year',
}

const chinese = {
  errors: {
    ...messages.errors,
    BadInput: '方案信息有变动，请重新选择。',
    NotFound: '没有找到，可能已下架，或是用其他微信号签约的。',
    Conflict: '状态已更新，请以“我的自动续费”页面为准。',
    Unsupported: '这里无法签约，请在微信里打开本店再试，或联系商家。',
    Mismatch: '微信返回的信息与签约记录不一致，请联系商家核对。',
    ProviderRefused: '签约请求未被微信受理，没有扣款。请再试一次。',
    ProviderUnavailable: '暂时无法连接微信，请稍后再试。',
  } satisfies Record<FailureCode, string>,
  ways: {
    retry: '再试一次',
    plans: '重新选择',
    contracts: '我的自动续费',
    contract: '查看已开通的方案',
    contact: '联系商家',
  } satisfies Record<ContractWay, string>,
  /** Shown when signContract has ended, by OpenMidas's result code. */
  signing: {
    '-1': { title: '签约未成功', text: '没有扣款，请再试一次。' },
    '-3': { title: '无法打开签约页面', text: '系统异常，未签约，也未扣款。请联系商家。' },
    '-101': { title: '已经签约', text: '您已签约该方案，无需重复签约。' },
    '402-1-2-1': {
      title: '请更新微信',
      text: '微信版本过低，无法签约（安卓需 6.5.10 或以上，iPhone 需 6.5.9 或以上）。请在应用商店更新微信，再返回这里签约。',
    },
    '402-1-2-2': { title: '未打开微信签约页', text: '没有签约，也没有扣款。请再试一次，并在微信弹窗中选择“允许”。' },
  } satisfies Record<SigningProblem, Titled>,
  /**
   * Shown when the user returns from WeChat's signing page and our server cannot confirm yet that the contract is
   * signed.
   */
  returns: {
    signed: { title: '正在确认', text: '签约已提交，正在确认结果，通常只需几秒。' },
    refused: { title: '签约未成功', text: '签约未完成，未扣款。您可以再试一次。' },
    already: { title: '已经签约', text: '您已签约该方案，无需重复签约，可在“我的自动续费”中查看。' },
    left: {
      title: '尚未签约',
      text: '您已离开微信签约页。如已同意签约，这里会自动更新；如未完成，可以继续签约。',
    },
  } satisfies Record<ReturnWord, Titled>,
  /** Shown when a page has waited one minute for WeChat's answer. */
  late: { title: '结果确认中', text: '暂未收到签约结果。收到后会自动更新，您也可以稍后刷新。' },
  standings: {
    toSign: { title: '待签约', text: '尚未签约，不会扣款。您可以继续到微信签约。' },
    confirming: { title: '正在确认', text: '正在确认签约结果，通常只需几秒。' },
    trial: { title: '试用中', text: '试用期内不扣款，在首次扣款前取消，不会产生费用。' },
    active: { title: '续费中', text: '到期自动扣款续费，可随时取消。' },
    charging: { title: '正在扣款', text: '本期扣款处理中，扣款成功后会在这里更新。' },
    retrying: { title: '待重新扣款', text: '本期扣款失败，稍后会自动重试，您也可以现在手动支付。' },
    pastDue: { title: '待支付', text: '本期扣款失败，不会再自动重试。支付后，自动续费继续有效。' },
    ending: { title: '已结束', text: '自动续费已取消，不会再扣款。正在与微信解约，完成后会在这里更新。' },
    ended: { title: '已结束', text: '自动续费已结束，不会再扣款。' },
    notSigned: { title: '未签约', text: '签约未完成，不会扣款。您可以重新签约。' },
  } satisfies Record<ContractStanding, Titled>,
  endedBy: {
    subscriber: '您已取消自动续费，不会再扣款。如需恢复，请重新开通。',
    wechat: '已在微信中解约，不会再扣款。如需恢复，请重新开通。',
    staff: '商家已取消自动续费，不会再扣款。如有疑问请联系商家。',
    unpaid: '因有一期逾期未支付，自动续费已结束，不会再扣款。',
    system: '自动续费已结束，不会再扣款。如有疑问请联系商家。',
  } satisfies Record<NonNullable<ContractView['endedBy']>, string>,
  /** Names of the contract states, short enough for a coloured tag. */
  states: {
    toSign: '待签约',
    confirming: '确认中',
    trial: '试用中',
    active: '续费中',
    charging: '扣款中',
    retrying: '待重新扣款',
    pastDue: '待支付',
    ending: '已结束',
    ended: '已结束',
    notSigned: '未签约',
  } satisfies Record<ContractStanding, string>,
  charges: {
    planned: '待扣款',
    charging: '扣款中',
    retrying: '扣款失败，将重试',
    pastDue: '扣款失败，请支付',
    paid: '已扣款',
    dropped: '未收取',
  } satisfies Record<ChargeView['state'], string>,
  paidByHand: '已支付',
  causes: {
    funds: '余额不足，请充值零钱或更换扣款银行卡。',
    account: '您的微信支付账户暂时无法付款，请在微信中检查账户。',
    limit: '已超出微信支付的扣款限额或次数限制，请稍后再试，或手动支付本期费用。',
    contract: '微信中的签约已失效。',
    merchant: '商家系统异常，您无需处理。',
    technical: '微信或银行系统繁忙。',
  } satisfies Record<Cause, string>,
  timeline: {
    opened: '开始签约',
    signed: '签约成功',
    notSigned: '签约未完成',
    announced: '已发送扣款提醒',
    tried: '发起扣款',
    charged: '扣款成功',
    chargeFailed: '扣款失败',
    pastDue: '已停止自动扣款，待手动支付',
    endRequested: '申请取消',
    ended: '已结束',
  } satisfies Record<ContractView['timeline'][number]['what'], string>,
  /** The price of a plan with a fixed amount, such as "¥18.00 a month". */
  each: (period: Period, amount: string) => `${chinesePeriods[period]} ${amount}`,
  /** The price of a plan with a variable amount, such as "Up to ¥50.00 a month, usually ¥30.00". */
  upTo: (period: Period, ceiling: string, usual: string) => `${chinesePeriods[period]}最高 ${ceiling}，通常 ${usual}`,
  plans: {
    title: '自动续费',
    lead: '选一个方案',
    choose: '选择方案',
    know: '签约须知',
    emptyTitle: '暂无方案',
    emptyText: '请稍后再来看看。',
    retry: '重新加载',
    mine: '我的自动续费',
    /** One line above the button: the first charge, the period, and that the user can cancel. */
    summary: (first: string, then: string) => `${first}，${then}，可随时取消。`,
    summaryNow: (amount: string) => `签约后立即扣款 ${amount}`,
    summaryAt: (day: string, amount: string) => `${day} 首次扣款 ${amount}`,
    summaryTrial: (days: number, day: string, amount: string) => `免费试用 ${days} 天，${day} 首次扣款 ${amount}`,
    summaryThen: (each: string) => `之后${each}`,
    agree: '我已阅读以上内容，同意到期自动扣款续费',
    agreeFirst: '请先勾选同意',
    sign: '去微信签约',
    /** Shown when the server did not answer the request to open the contract. */
    noAnswer: '网络连接超时，请重试，不会重复签约。',
    signHint: '将打开微信签约页，签约后才会扣款。',
    trial: (days: number) => `免费试用 ${days} 天`,
  },
  facts: {
    price: '价格',
    first: '首次扣款',
    rhythm: '扣款周期',
    renewal: '自动续费',
    notice: '扣款提醒',
    failure: '扣款失败',
    cancel: '如何取消',
    /** The hint that the first charge follows right after signing. */
    firstNow: (amount: string) => `签约后立即扣款 ${amount}。`,
    firstAt: (day: string, amount: string) => `如现在签约，${day} 扣款 ${amount}。`,
    trial: (days: number, day: string, amount: string) =>
      `先免费试用 ${days} 天，${day} 首次扣款 ${amount}。在此之前取消，不收取任何费用。`,
    fixed: (each: string) => `${each}，金额固定。`,
    ceiling: (upTo: string) => `${upTo}。按实际金额扣款，不超过上限。`,
    special: (amount: string, each: string) => `首期 ${amount}，之后${each}。`,
    rhythms: {
      day: (second) => `每天扣款一次，第二次扣款日期为 ${second}。`,
      week: (second) => `每 7 天扣款一次，第二次扣款日期为 ${second}。`,
      month: (second) => `每月同一天扣款，第二次扣款日期为 ${second}。当月没有这一天的，在月末扣款。`,
      quarter: (second) => `每三个月同一天扣款，第二次扣款日期为 ${second}。当月没有这一天的，在月末扣款。`,
      year: (second) => `每年同一天扣款，第二次扣款日期为 ${second}。`,
    } satisfies Record<Period, (second: string) => string>,
    renews: '在您取消之前，每期到期自动扣款续费，无需再次确认。',
    notices: {
      notice24h: '每次扣款前 24 小时，微信都会通知您（签约后立即扣款的除外）。',
      preNotice: '每次扣款前至少两天，微信都会通知您（签约后立即扣款的除外）。扣款时间为 7:00 至 22:00。',
    } satisfies Record<PlanView['debitRule'], string>,
    retries: (days: string, graceDays: number) =>
      `因余额不足等原因扣款失败的，将在失败后第 ${days} 天重试；仍未成功的，不再自动扣款，您可以在 ${graceDays} 天内手动支付；逾期未支付则自动续费终止。`,
    noRetries: (graceDays: number) =>
      `扣款失败后不再自动重试，您可以在 ${graceDays} 天内手动支付；逾期未支付则自动续费终止。`,
    stop: '您可以随时在“我的自动续费”中点击“取消自动续费”，或在微信“我 > 服务 > 钱包 > 支付设置 > 自动续费”中关闭。立即生效，不再扣款。',
  },
  contract: {
    title: '续费详情',
    goOn: '继续签约',
    refresh: '刷新结果',
    contact: '联系商家',
    toPlans: '重新签约',
    toMine: '查看已开通的方案',
    plan: '方案',
    price: '价格',
    signed: '签约时间',
    signBy: '签约截止',
    ended: '结束时间',
    next: '下次扣款',
    nextAnnounced: (day: string) => `已于 ${day} 发送扣款提醒`,
    nextToAnnounce: '扣款前，微信会通知您',
    missed: '有一期扣款失败',
    missedRetry: (day: string) => `将于 ${day} 自动重试。`,
    missedPayBy: (day: string) => `请在 ${day} 前支付，否则自动续费将结束。`,
    payNow: '立即支付',
    charges: '扣款记录',
    noCharges: '暂无扣款记录',
    span: (from: string, to: string) => `${from} 至 ${to}`,
    triedTimes: (tries: number) => `已尝试 ${tries} 次`,
    seeOrder: '查看订单',
    timeline: '签约记录',
    howToStop: '如何取消',
    number: '签约编号',
    copy: '复制',
    end: '取消自动续费',
    endTitle: '确定取消自动续费？',
    endText: '取消后立即生效，不再扣款，已支付的费用不受影响。如需恢复，请重新开通。',
    endMissedText: '取消后立即生效，不再扣款，扣款失败的这一期也不再收取。如需恢复，请重新开通。',
    endYes: '确定取消',
    endNo: '暂不取消',
  },
  contracts: {
    title: '我的自动续费',
    emptyTitle: '暂无自动续费',
    emptyText: '签约后，可以在这里查看和取消。',
    toPlans: '查看方案',
    more: '正在加载',
    end: '没有更多了',
    moreFailed: '加载失败，点击重试',
    retry: '重新加载',
    open: '查看续费详情',
    next: (day: string, amount: string) => `${day} 扣款 ${amount}`,
    retryOn: (day: string) => `扣款失败，将于 ${day} 重试`,
    payBy: (time: string) => `请在 ${time} 前支付`,
    begunOn: (day: string) => `${day} 开始签约`,
    endedOn: (day: string) => `${day} 结束`,
  },
  entry: { shop: '自动续费', shopNote: '签约一次，到期自动扣款，可随时取消', orders: '我的自动续费' },
}

const english: typeof chinese = {
  errors: {
    ...messages.errors,
    BadInput: 'This plan has changed. Please choose again.',
    NotFound: 'We couldn’t find this. It may no longer be available, or it may belong to another WeChat account.',
    Conflict: 'Your subscription has been updated. Check My subscriptions for its latest status.',
    Unsupported: 'This plan can’t be signed here. Open the shop in WeChat and try again, or contact the shop.',
    Mismatch: 'WeChat’s details don’t match your subscription. Please contact the shop.',
    ProviderRefused:
      'WeChat declined the request. Your subscription didn’t go through, and you weren’t charged. Please try again.',
    ProviderUnavailable: 'We can’t reach WeChat right now. Please try again later.',
  },
  ways: {
    retry: 'Try again',
    plans: 'Choose a plan',
    contracts: 'My subscriptions',
    contract: 'View my subscription',
    contact: 'Contact the shop',
  },
  signing: {
    '-1': {
      title: 'Couldn’t subscribe',
      text: 'Your subscription didn’t go through, and you weren’t charged. Please try again.',
    },
    '-3': {
      title: 'Couldn’t open the agreement',
      text: 'Something went wrong. Your subscription didn’t go through, and you weren’t charged. Please contact the shop.',
    },
    '-101': { title: 'Already subscribed', text: 'You’re already subscribed to this plan.' },
    '402-1-2-1': {
      title: 'Please update WeChat',
      text: 'To subscribe, you need WeChat 6.5.10 or later on Android, or 6.5.9 or later on iPhone. Update WeChat in your app store, then come back.',
    },
    '402-1-2-2': {
      title: 'WeChat’s page didn’t open',
      text: 'Your subscription didn’t go through, and you weren’t charged. Please try again, and tap Allow when WeChat asks.',
    },
  },
  returns: {
    signed: {
      title: 'Confirming',
      text: 'We’re confirming your subscription with WeChat. This usually takes a few seconds.',
    },
    refused: {
      title: 'Not subscribed',
      text: 'You didn’t finish subscribing, and you weren’t charged. You can try again.',
    },
    already: {
      title: 'Already subscribed',
      text: 'You’re already subscribed to this plan. You can find it in My subscriptions.',
    },
    left: {
      title: 'Not subscribed yet',
      text: 'You left WeChat’s page. If you agreed there, this page updates automatically. If not, you can continue.',
    },
  },
  late: {
    title: 'Waiting for the result',
    text: 'We haven’t received the result yet. This page updates automatically, or you can check again later.',
  },
  standings: {
    toSign: {
      title: 'Not signed yet',
      text: 'You won’t be charged until you sign the agreement. You can continue in WeChat.',
    },
    confirming: {
      title: 'Confirming',
      text: 'We’re confirming your subscription with WeChat. This usually takes a few seconds.',
    },
    trial: {
      title: 'Free trial',
      text: 'You won’t be charged during the trial. Cancel before the first charge and you pay nothing.',
    },
    active: { title: 'Active', text: 'Your subscription renews automatically. You can cancel at any time.' },
    charging: {
      title: 'Payment pending',
      text: 'We’re collecting this period’s payment. This page updates automatically.',
    },
    retrying: {
      title: 'Payment failed',
      text: 'We couldn’t collect this period’s payment. We’ll try again automatically, or you can pay it now.',
    },
    pastDue: {
      title: 'Payment needed',
      text: 'We couldn’t collect this period’s payment. Pay it now to keep your subscription.',
    },
    ending: {
      title: 'Ended',
      text: 'Your subscription is cancelled and you won’t be charged again. We’re closing the agreement with WeChat.',
    },
    ended: { title: 'Ended', text: 'Your subscription has ended. You won’t be charged again.' },
    notSigned: {
      title: 'Not subscribed',
      text: 'You didn’t finish subscribing, so you won’t be charged. You can subscribe again.',
    },
  },
  endedBy: {
    subscriber: 'You cancelled this subscription. You won’t be charged again. You can subscribe again at any time.',
    wechat:
      'This subscription was cancelled in WeChat. You won’t be charged again. You can subscribe again at any time.',
    staff: 'The shop cancelled this subscription. You won’t be charged again. Contact the shop if you have questions.',
    unpaid: 'This subscription ended because a payment was overdue. You won’t be charged again.',
    system: 'This subscription has ended. You won’t be charged again. Contact the shop if you have questions.',
  },
  states: {
    toSign: 'Not signed yet',
    confirming: 'Confirming',
    trial: 'Free trial',
    active: 'Active',
    charging: 'Payment pending',
    retrying: 'Payment failed',
    pastDue: 'Payment needed',
    ending: 'Ended',
    ended: 'Ended',
    notSigned: 'Not subscribed',
  },
  charges: {
    planned: 'Upcoming',
    charging: 'Pending',
    retrying: 'Failed, will retry',
    pastDue: 'Failed, please pay',
    paid: 'Paid automatically',
    dropped: 'Not charged',
  },
  paidByHand: 'Paid',
  causes: {
    funds: 'Your balance was too low. Top up or choose another card in WeChat.',
    account: 'Your WeChat Pay account can’t make payments right now. Please check it in WeChat.',
    limit: 'The payment was over a WeChat limit. Please wait, or pay it now.',
    contract: 'Your auto-renewal authorization in WeChat is no longer valid.',
    merchant: 'Something went wrong at the shop. You don’t need to do anything.',
    technical: 'WeChat or the bank was busy.',
  },
  timeline: {
    opened: 'Signing started',
    signed: 'Subscribed',
    notSigned: 'Signing not completed',
    announced: 'Payment reminder sent',
    tried: 'Payment started',
    charged: 'Payment received',
    chargeFailed: 'Payment failed',
    pastDue: 'Automatic payments stopped, waiting for payment',
    endRequested: 'Cancellation requested',
    ended: 'Ended',
  },
  each: (period, amount) => `${amount} ${englishPeriods[period]}`,
  upTo: (period, ceiling, usual) => `Up to ${ceiling} ${englishPeriods[period]}, usually ${usual}`,
  plans: {
    title: 'Subscriptions',
    lead: 'Choose a plan',
    choose: 'Choose a plan',
    know: 'Before you subscribe',
    emptyTitle: 'No plans yet',
    emptyText: 'Please check back soon.',
    retry: 'Reload',
    mine: 'My subscriptions',
    summary: (first, then) => `${first}, ${then}. Cancel anytime.`,
    summaryNow: (amount) => `${amount} when you subscribe`,
    summaryAt: (day, amount) => `${amount} on ${day}`,
    summaryTrial: (days, day, amount) =>
      `Free for ${days} ${days === 1 ? 'day' : 'days'}, first payment ${amount} on ${day}`,
    summaryThen: (each) => `then ${each.charAt(0).toLowerCase()}${each.slice(1)}`,
    agree: 'I’ve read this and agree to automatic renewal',
    agreeFirst: 'Please agree first',
    sign: 'Subscribe with WeChat Pay',
    noAnswer: 'The connection timed out. It’s safe to try again: you won’t subscribe twice.',
    signHint: 'WeChat will open its own page. You won’t be charged until you sign there.',
    trial: (days) => (days === 1 ? '1 day free' : `${days} days free`),
  },
  facts: {
    price: 'Price',
    first: 'First payment',
    rhythm: 'Billing period',
    renewal: 'Renewal',
    notice: 'Reminders',
    failure: 'If a payment fails',
    cancel: 'How to cancel',
    firstNow: (amount) => `${amount} when you subscribe.`,
    firstAt: (day, amount) => `${amount} on ${day}, if you subscribe now.`,
    trial: (days, day, amount) =>
      `Free for ${days} ${days === 1 ? 'day' : 'days'}, then ${amount} on ${day}. Cancel before then and you pay nothing.`,
    fixed: (each) => `${each}. The amount doesn’t change.`,
    ceiling: (upTo) => `${upTo}. The amount may vary but never exceeds the maximum.`,
    special: (amount, each) => `${amount} for the first period, then ${each.charAt(0).toLowerCase()}${each.slice(1)}.`,
    rhythms: {
      day: (second) => `Every day. Your second payment is on ${second}.`,
      week: (second) => `Every 7 days. Your second payment is on ${second}.`,
      month: (second) =>
        `The same day every month, or the last day of shorter months. Your second payment is on ${second}.`,
      quarter: (second) =>
        `The same day every three months, or the last day of shorter months. Your second payment is on ${second}.`,
      year: (second) => `The same day every year. Your second payment is on ${second}.`,
    },
    renews:
      'Your subscription renews automatically at the end of each period until you cancel. You won’t be asked to confirm again.',
    notices: {
      notice24h: 'WeChat notifies you 24 hours before each payment, except any payment taken when you subscribe.',
      preNotice:
        'WeChat notifies you at least two days before each payment, except any payment taken when you subscribe. Payments are only taken between 7:00 and 22:00.',
    },
    retries: (days, graceDays) =>
      `If a payment fails, for example because your balance is too low, we’ll try again after ${days} days. If that fails too, you have ${graceDays} days to pay it yourself, or your subscription ends.`,
    noRetries: (graceDays) =>
      `We won’t try again. You have ${graceDays} days to pay it yourself, or your subscription ends.`,
    stop: 'You can cancel at any time: tap Cancel subscription in My subscriptions, or go to Me > Services > Wallet > Payment settings > Auto-renewal in WeChat. It takes effect immediately, and you won’t be charged again.',
  },
  contract: {
    title: 'Subscription',
    goOn: 'Continue in WeChat',
    refresh: 'Check again',
    contact: 'Contact the shop',
    toPlans: 'Subscribe again',
    toMine: 'View my subscription',
    plan: 'Plan',
    price: 'Price',
    signed: 'Subscribed on',
    signBy: 'Sign by',
    ended: 'Ended on',
    next: 'Next payment',
    nextAnnounced: (day) => `Reminder sent on ${day}`,
    nextToAnnounce: 'WeChat will remind you before this payment',
    missed: 'Payment failed',
    missedRetry: (day) => `We’ll try again on ${day}.`,
    missedPayBy: (day) => `Please pay by ${day}, or your subscription will end.`,
    payNow: 'Pay now',
    charges: 'Payments',
    noCharges: 'No payments yet',
    span: (from, to) => `${from} to ${to}`,
    triedTimes: (tries) => `${tries} attempts`,
    seeOrder: 'View order',
    timeline: 'History',
    howToStop: 'How to cancel',
    number: 'Subscription number',
    copy: 'Copy',
    end: 'Cancel subscription',
    endTitle: 'Cancel this subscription?',
    endText:
      'It ends immediately and you won’t be charged again. Payments you’ve already made aren’t affected. To resume, subscribe again.',
    endMissedText:
      'It ends immediately and you won’t be charged again, including for the payment that failed. To resume, subscribe again.',
    endYes: 'Confirm',
    endNo: 'Keep it',
  },
  contracts: {
    title: 'My subscriptions',
    emptyTitle: 'No subscriptions yet',
    emptyText: 'Your subscriptions will appear here.',
    toPlans: 'View plans',
    more: 'Loading more',
    end: 'No more subscriptions',
    moreFailed: 'Couldn’t load more. Tap to try again',
    retry: 'Reload',
    open: 'View subscription',
    next: (day, amount) => `${amount} on ${day}`,
    retryOn: (day) => `Payment failed. Next attempt on ${day}`,
    payBy: (time) => `Please pay by ${time}`,
    begunOn: (day) => `Started on ${day}`,
    endedOn: (day) => `Ended on ${day}`,
  },
  entry: {
    shop: 'Subscriptions',
    shopNote: 'Pay automatically. Cancel anytime.',
    orders: 'My subscriptions',
  },
}

export const contractMessages = isChinese ? chinese : english

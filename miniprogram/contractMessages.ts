// Every sentence about recurring contracts that a user can see, in Chinese and English, by code; the rest stands in
// messages.ts. Both languages are complete or it does not compile.
import type { ChargeView, ContractView, PlanView } from '../cloudfunctions/shared/api'
import { isChinese, messages } from './messages'
import type { FailureCode } from './services/cloud'
import type { ReturnWord, SigningProblem } from './services/contracts'

interface Titled {
  title: string
  text: string
}

/** Where a contract stands for its subscriber. */
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

/** What a user can do after a failure. */
export type ContractWay = 'retry' | 'plans' | 'contracts' | 'contract' | 'contact'

/** The way on for each end of signContract. */
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

interface ContractMessages {
  errors: Record<FailureCode, string>
  ways: Record<ContractWay, string>
  /** after signContract, by OpenMidas's code */
  signing: Record<SigningProblem, Titled>
  /** back from WeChat's page, while the server does not yet say that it is signed */
  returns: Record<ReturnWord, Titled>
  /** when waiting for WeChat's answer has lasted a minute */
  late: Titled
  standings: Record<ContractStanding, Titled>
  endedBy: Record<NonNullable<ContractView['endedBy']>, string>
  /** short, for tags */
  states: Record<ContractStanding, string>
  charges: Record<ChargeView['state'], string>
  paidByHand: string
  causes: Record<Cause, string>
  timeline: Record<ContractView['timeline'][number]['what'], string>
  /** "每月 ¥18.00" */
  each: (period: Period, amount: string) => string
  /** "每月最高 ¥50.00，通常 ¥30.00" */
  upTo: (period: Period, ceiling: string, usual: string) => string
  plans: {
    title: string
    lead: string
    choose: string
    know: string
    emptyTitle: string
    emptyText: string
    retry: string
    mine: string
    /** first charge, period and how to cancel in one line, above the button */
    summary: (first: string, then: string) => string
    summaryNow: (amount: string) => string
    summaryAt: (day: string, amount: string) => string
    summaryTrial: (days: number, day: string, amount: string) => string
    summaryThen: (each: string) => string
    agree: string
    agreeFirst: string
    sign: string
    signHint: string
    trial: (days: number) => string
  }
  facts: {
    price: string
    first: string
    rhythm: string
    renewal: string
    notice: string
    failure: string
    cancel: string
    /** `then`: what each later charge costs, when that differs */
    firstNow: (amount: string) => string
    firstAt: (day: string, amount: string) => string
    trial: (days: number, day: string, amount: string) => string
    fixed: (each: string) => string
    ceiling: (upTo: string) => string
    special: (amount: string, each: string) => string
    rhythms: Record<Period, (second: string) => string>
    renews: string
    notices: Record<PlanView['debitRule'], string>
    retries: (days: string, graceDays: number) => string
    noRetries: (graceDays: number) => string
    stop: string
  }
  contract: {
    title: string
    goOn: string
    refresh: string
    contact: string
    toPlans: string
    toMine: string
    plan: string
    price: string
    signed: string
    signBy: string
    ended: string
    next: string
    nextAnnounced: (day: string) => string
    nextToAnnounce: string
    missed: string
    missedRetry: (day: string) => string
    missedPayBy: (day: string) => string
    payNow: string
    charges: string
    noCharges: string
    span: (from: string, to: string) => string
    triedTimes: (tries: number) => string
    seeOrder: string
    timeline: string
    howToStop: string
    number: string
    copy: string
    copied: string
    end: string
    endTitle: string
    endText: string
    endMissedText: string
    endYes: string
    endNo: string
  }
  contracts: {
    title: string
    emptyTitle: string
    emptyText: string
    toPlans: string
    more: string
    end: string
    moreFailed: string
    retry: string
    open: string
    next: (day: string, amount: string) => string
    retryOn: (day: string) => string
    payBy: (time: string) => string
    begunOn: (day: string) => string
    endedOn: (day: string) => string
  }
  entry: { shop: string; shopNote: string; orders: string }
}

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

const chinese: ContractMessages = {
  errors: {
    ...messages.errors,
    BadInput: '这个方案刚刚有了变化，请重新选择。',
    NotFound: '没有找到，可能已经下架，或不在当前微信号名下。',
    Conflict: '状态已经变化，请以“我的自动续费”里显示的为准。',
    Unsupported: '这个方案暂时不能签约，请联系商家。',
    Mismatch: '微信的答复与我们的记录不一致，请联系商家核对。',
    ProviderRefused: '微信没有接受这次请求，没有签约，也没有扣款。请再试一次。',
    ProviderUnavailable: '微信暂时联系不上，请稍后再试。',
    Network: '网络不太顺畅，没有收到答复。再试一次不会重复签约。',
  },
  ways: {
    retry: '再试一次',
    plans: '重新选择',
    contracts: '我的自动续费',
    contract: '查看已签的续费',
    contact: '联系商家',
  },
  signing: {
    '-1': { title: '没能开始签约', text: '没有签约，也没有扣款。请再试一次。' },
    '-3': { title: '没能打开签约', text: '这是我们的问题，没有签约，也没有扣款。请联系商家。' },
    '-101': { title: '已经签约', text: '您已经签过这个方案，不需要再签一次。' },
    '402-1-2-1': {
      title: '需要更新微信',
      text: '当前微信版本过低，不能签约（安卓需要 6.5.10、iPhone 需要 6.5.9 或更高）。请在手机的应用商店里搜索“微信”并更新，再回到这里签约。',
    },
    '402-1-2-2': { title: '没有打开微信签约页', text: '没有签约，也没有扣款。请再试一次，并在微信询问时选择“允许”。' },
  },
  returns: {
    signed: { title: '正在确认', text: '签约已提交，正在与微信确认，通常只需几秒。' },
    refused: { title: '没有签约', text: '微信没有完成这次签约，没有扣款。可以再试一次。' },
    already: { title: '已经签约', text: '微信说您已经签过这个方案，不用再签。可以在“我的自动续费”里查看。' },
    left: {
      title: '还没有签约',
      text: '您离开了微信的签约页。如果已经同意签约，这里会自动更新；如果还没有，可以继续。',
    },
  },
  late: { title: '结果确认中', text: '微信暂时没有返回结果。有结果后这里会自动更新，您也可以稍后刷新。' },
  standings: {
    toSign: { title: '等待签约', text: '还没有签约，不会扣款。可以继续到微信里签约。' },
    confirming: { title: '正在确认', text: '正在与微信确认签约结果，通常只需几秒。' },
    trial: { title: '试用中', text: '试用期内不扣款，在首次扣款之前结束就不会收费。' },
    active: { title: '续费中', text: '到期会自动扣款续费，随时可以结束。' },
    charging: { title: '正在扣款', text: '本期扣款已提交，有结果后这里会自动更新。' },
    retrying: { title: '等待再次扣款', text: '本期扣款失败，会自动重试，您也可以现在自行支付。' },
    pastDue: { title: '需要支付', text: '本期扣款失败，不会再自动扣款。支付后续费照常继续。' },
    ending: { title: '已结束', text: '从现在起不会再扣款。正在通知微信解除签约，完成后这里会更新。' },
    ended: { title: '已结束', text: '不会再扣款。' },
    notSigned: { title: '没有签约', text: '签约没有完成，不会扣款。需要的话可以重新签约。' },
  },
  endedBy: {
    subscriber: '您结束了自动续费，不会再扣款。需要时可以重新签约。',
    wechat: '签约已在微信里解除，不会再扣款。需要时可以重新签约。',
    staff: '商家结束了自动续费，不会再扣款。如有疑问请联系商家。',
    unpaid: '欠费的一期逾期未付，自动续费已结束，不会再扣款。',
    system: '自动续费已结束，不会再扣款。如有疑问请联系商家。',
  },
  states: {
    toSign: '待签约',
    confirming: '确认中',
    trial: '试用中',
    active: '续费中',
    charging: '扣款中',
    retrying: '待再扣款',
    pastDue: '待支付',
    ending: '已结束',
    ended: '已结束',
    notSigned: '未签约',
  },
  charges: {
    planned: '等待扣款',
    charging: '扣款中',
    retrying: '扣款失败，会重试',
    pastDue: '扣款失败，请支付',
    paid: '已扣款',
    dropped: '未收取',
  },
  paidByHand: '已支付',
  causes: {
    funds: '余额不足，请先充值零钱或更换扣款的银行卡。',
    account: '微信支付账户暂时不能付款，请在微信里检查账户。',
    limit: '超过了微信的扣款限额或次数，请稍后再看，或自行支付本期。',
    contract: '微信里的签约已失效。',
    merchant: '商家这边出了问题，不需要您处理。',
    technical: '微信或银行的系统暂时繁忙。',
  },
  timeline: {
    opened: '开始签约',
    signed: '签约成功',
    notSigned: '没有签约',
    announced: '已通知下次扣款',
    tried: '发起扣款',
    charged: '扣款成功',
    chargeFailed: '扣款失败',
    pastDue: '停止自动扣款，等待支付',
    endRequested: '申请结束',
    ended: '已结束',
  },
  each: (period, amount) => `${chinesePeriods[period]} ${amount}`,
  upTo: (period, ceiling, usual) => `${chinesePeriods[period]}最高 ${ceiling}，通常 ${usual}`,
  plans: {
    title: '自动续费',
    lead: '选一个方案',
    choose: '方案',
    know: '签约前请了解',
    emptyTitle: '暂时没有方案',
    emptyText: '过会儿再来看看。',
    retry: '重新加载',
    mine: '我的自动续费',
    summary: (first, then) => `${first}，${then}，可随时取消。`,
    summaryNow: (amount) => `签约后马上扣款 ${amount}`,
    summaryAt: (day, amount) => `${day} 首次扣款 ${amount}`,
    summaryTrial: (days, day, amount) => `免费试用 ${days} 天，${day} 首次扣款 ${amount}`,
    summaryThen: (each) => `之后${each}`,
    agree: '我已了解以上内容，同意到期自动扣款续费',
    agreeFirst: '请先勾选同意',
    sign: '去微信签约',
    signHint: '接下来由微信打开签约页，签约后才会扣款。',
    trial: (days) => `免费试用 ${days} 天`,
  },
  facts: {
    price: '价格',
    first: '首次扣款',
    rhythm: '扣款周期',
    renewal: '自动续费',
    notice: '扣款提醒',
    failure: '扣款失败',
    cancel: '如何取消',
    firstNow: (amount) => `签约后马上扣款 ${amount}。`,
    firstAt: (day, amount) => `现在签约，${day} 扣款 ${amount}。`,
    trial: (days, day, amount) => `先免费试用 ${days} 天，${day} 首次扣款 ${amount}。在那之前结束，不收任何费用。`,
    fixed: (each) => `${each}，金额固定。`,
    ceiling: (upTo) => `${upTo}。按实际金额扣款，不会超过上限。`,
    special: (amount, each) => `首期 ${amount}，之后${each}。`,
    rhythms: {
      day: (second) => `每天一次，第二次在 ${second}。`,
      week: (second) => `每 7 天一次，第二次在 ${second}。`,
      month: (second) => `每月同一天，第二次在 ${second}。那个月没有这一天，就在月末。`,
      quarter: (second) => `每三个月同一天，第二次在 ${second}。那个月没有这一天，就在月末。`,
      year: (second) => `每年同一天，第二次在 ${second}。`,
    },
    renews: '每期到期自动扣款续费，一直到您取消为止，不需要再次确认。',
    notices: {
      notice24h: '签约后马上扣的那一笔以外，每次扣款前微信都会提前 24 小时通知您。',
      preNotice: '签约后马上扣的那一笔以外，每次扣款前至少提前两天微信会通知您，只在 7:00 到 22:00 之间扣款。',
    },
    retries: (days, graceDays) =>
      `余额不足等原因扣款失败，会在之后第 ${days} 天再试。仍然失败就不再自动扣款，您可以在 ${graceDays} 天内自行支付；逾期未付，自动续费结束。`,
    noRetries: (graceDays) => `扣款失败就不再自动扣款，您可以在 ${graceDays} 天内自行支付；逾期未付，自动续费结束。`,
    stop: '随时可以在“我的自动续费”里点“结束自动续费”，或在微信的“我 > 服务 > 钱包 > 支付设置 > 自动续费”里关闭。马上生效，之后不再扣款。',
  },
  contract: {
    title: '续费详情',
    goOn: '继续签约',
    refresh: '刷新结果',
    contact: '联系商家',
    toPlans: '重新签约',
    toMine: '查看已签的续费',
    plan: '方案',
    price: '价格',
    signed: '签约时间',
    signBy: '签约截止',
    ended: '结束时间',
    next: '下次扣款',
    nextAnnounced: (day) => `${day} 已请微信通知您`,
    nextToAnnounce: '扣款前微信会通知您',
    missed: '有一期扣款失败',
    missedRetry: (day) => `${day} 会自动再试。`,
    missedPayBy: (day) => `请在 ${day} 前支付，否则自动续费会结束。`,
    payNow: '现在支付',
    charges: '扣款记录',
    noCharges: '还没有扣过款',
    span: (from, to) => `${from} 至 ${to}`,
    triedTimes: (tries) => `已尝试 ${tries} 次`,
    seeOrder: '查看订单',
    timeline: '经过',
    howToStop: '如何取消',
    number: '签约编号',
    copy: '复制',
    copied: '已复制',
    end: '结束自动续费',
    endTitle: '结束自动续费？',
    endText: '马上生效，之后不会再扣款，已付的费用不受影响。以后想恢复，需要重新签约。',
    endMissedText: '马上生效，之后不会再扣款；扣款失败的这一期也不再收取。以后想恢复，需要重新签约。',
    endYes: '结束',
    endNo: '先不结束',
  },
  contracts: {
    title: '我的自动续费',
    emptyTitle: '还没有自动续费',
    emptyText: '签约以后可以在这里查看和结束。',
    toPlans: '看看方案',
    more: '正在加载更多',
    end: '没有更多了',
    moreFailed: '没能加载更多，点这里再试',
    retry: '重新加载',
    open: '查看续费详情',
    next: (day, amount) => `${day} 扣款 ${amount}`,
    retryOn: (day) => `扣款失败，${day} 再试`,
    payBy: (time) => `请在 ${time} 前支付`,
    begunOn: (day) => `${day} 开始签约`,
    endedOn: (day) => `${day} 结束`,
  },
  entry: { shop: '自动续费', shopNote: '签约一次，到期自动扣款，可随时取消', orders: '我的自动续费' },
}

const english: ContractMessages = {
  errors: {
    ...messages.errors,
    BadInput: 'This plan has just changed. Please choose again.',
    NotFound: 'Not found. It may have been withdrawn, or belong to another WeChat account.',
    Conflict: 'It has changed meanwhile. What “My subscriptions” shows is right.',
    Unsupported: 'This plan cannot be signed right now. Please contact the shop.',
    Mismatch: 'WeChat’s answer does not match our record. Please contact the shop.',
    ProviderRefused: 'WeChat did not accept the request. Nothing was signed or charged. Please try again.',
    ProviderUnavailable: 'WeChat cannot be reached right now. Please try again later.',
    Network: 'No answer came: the network is slow. Trying again will not sign twice.',
  },
  ways: {
    retry: 'Try again',
    plans: 'Choose again',
    contracts: 'My subscriptions',
    contract: 'See the one I have',
    contact: 'Contact the shop',
  },
  signing: {
    '-1': { title: 'Could not start signing', text: 'Nothing was signed or charged. Please try again.' },
    '-3': {
      title: 'Could not open signing',
      text: 'This is our fault. Nothing was signed or charged. Please contact the shop.',
    },
    '-101': { title: 'Already signed', text: 'You have already signed this plan. There is no need to sign it again.' },
    '402-1-2-1': {
      title: 'Please update WeChat',
      text: 'This version of WeChat is too old to sign the agreement (Android needs 6.5.10, iPhone 6.5.9 or newer). Search for WeChat in your phone’s app store, update it, then come back here.',
    },
    '402-1-2-2': {
      title: 'WeChat’s page did not open',
      text: 'Nothing was signed or charged. Please try again, and choose Allow when WeChat asks.',
    },
  },
  returns: {
    signed: {
      title: 'Confirming',
      text: 'You agreed. We are confirming with WeChat, which usually takes a few seconds.',
    },
    refused: {
      title: 'Not signed',
      text: 'WeChat did not complete the agreement, and nothing was charged. You can try again.',
    },
    already: {
      title: 'Already signed',
      text: 'WeChat says that you have already signed this plan. You can find it under My subscriptions.',
    },
    left: {
      title: 'Not signed yet',
      text: 'You left WeChat’s page. If you agreed, this page updates automatically; if not, you can continue.',
    },
  },
  late: {
    title: 'Waiting for the result',
    text: 'WeChat has no result yet. This page updates automatically; you can also check later.',
  },
  standings: {
    toSign: {
      title: 'To sign',
      text: 'Nothing is signed, and nothing will be charged. You can continue in WeChat.',
    },
    confirming: {
      title: 'Confirming',
      text: 'We are asking WeChat whether it is signed, which usually takes a few seconds.',
    },
    trial: {
      title: 'Free trial',
      text: 'Nothing is charged during the trial. End it before the first charge and it is free.',
    },
    active: { title: 'Active', text: 'It renews automatically. You can end it at any time.' },
    charging: { title: 'Charging', text: 'The charge for this period is on its way. This page updates automatically.' },
    retrying: {
      title: 'Will be tried again',
      text: 'The charge for this period failed. We try again automatically, or you can pay this period yourself.',
    },
    pastDue: {
      title: 'Payment needed',
      text: 'The charge for this period failed and is not tried again. Pay this period yourself to continue.',
    },
    ending: {
      title: 'Ended',
      text: 'Nothing more will be charged. We are telling WeChat; this page updates when it has agreed.',
    },
    ended: { title: 'Ended', text: 'Nothing more will be charged.' },
    notSigned: { title: 'Not signed', text: 'It was not signed, and nothing will be charged. You can sign again.' },
  },
  endedBy: {
    subscriber: 'You ended it, and nothing more will be charged. You can sign again at any time.',
    wechat: 'It was ended in WeChat, and nothing more will be charged. You can sign again at any time.',
    staff: 'The shop ended it, and nothing more will be charged. Contact the shop with any question.',
    unpaid: 'A missed period was not paid in time, so the subscription has ended. Nothing more will be charged.',
    system: 'It has ended, and nothing more will be charged. Contact the shop with any question.',
  },
  states: {
    toSign: 'To sign',
    confirming: 'Confirming',
    trial: 'Free trial',
    active: 'Active',
    charging: 'Charging',
    retrying: 'Retrying',
    pastDue: 'To pay',
    ending: 'Ended',
    ended: 'Ended',
    notSigned: 'Not signed',
  },
  charges: {
    planned: 'Planned',
    charging: 'Charging',
    retrying: 'Failed, will retry',
    pastDue: 'Failed, please pay',
    paid: 'Charged',
    dropped: 'Not collected',
  },
  paidByHand: 'Paid',
  causes: {
    funds: 'There was not enough money. Top up your balance or choose another card in WeChat.',
    account: 'Your WeChat Pay account cannot pay right now. Please check it in WeChat.',
    limit: 'It exceeded a WeChat limit. Please wait, or pay this period yourself.',
    contract: 'The agreement is no longer valid in WeChat.',
    merchant: 'Something is wrong on the shop’s side. There is nothing for you to do.',
    technical: 'WeChat or the bank was busy.',
  },
  timeline: {
    opened: 'Signing started',
    signed: 'Signed',
    notSigned: 'Not signed',
    announced: 'Next charge announced',
    tried: 'Charge sent',
    charged: 'Charged',
    chargeFailed: 'Charge failed',
    pastDue: 'No more automatic charges, waiting for payment',
    endRequested: 'Cancellation requested',
    ended: 'Ended',
  },
  each: (period, amount) => `${amount} ${englishPeriods[period]}`,
  upTo: (period, ceiling, usual) => `At most ${ceiling} ${englishPeriods[period]}, usually ${usual}`,
  plans: {
    title: 'Subscriptions',
    lead: 'Choose a plan',
    choose: 'Plan',
    know: 'Before you sign',
    emptyTitle: 'No plans yet',
    emptyText: 'Please come back soon.',
    retry: 'Load again',
    mine: 'My subscriptions',
    summary: (first, then) => `${first}, ${then}. Cancel anytime.`,
    summaryNow: (amount) => `${amount} right after you sign`,
    summaryAt: (day, amount) => `${amount} on ${day}`,
    summaryTrial: (days, day, amount) => `Free for ${days} ${days === 1 ? 'day' : 'days'}, ${amount} on ${day}`,
    summaryThen: (each) => `then ${each.charAt(0).toLowerCase()}${each.slice(1)}`,
    agree: 'I have read this and agree to automatic renewal and charges',
    agreeFirst: 'Please agree first',
    sign: 'Sign the agreement in WeChat',
    signHint: 'WeChat opens its own page next. Nothing is charged before you sign there.',
    trial: (days) => (days === 1 ? '1 day free' : `${days} days free`),
  },
  facts: {
    price: 'Price',
    first: 'First charge',
    rhythm: 'How often',
    renewal: 'Renewal',
    notice: 'Notice',
    failure: 'If a charge fails',
    cancel: 'How to cancel',
    firstNow: (amount) => `${amount}, right after you sign.`,
    firstAt: (day, amount) => `Signed now: ${amount} on ${day}.`,
    trial: (days, day, amount) =>
      `Free for ${days} ${days === 1 ? 'day' : 'days'}, then ${amount} on ${day}. End it before that and you pay nothing.`,
    fixed: (each) => `${each}, always the same.`,
    ceiling: (upTo) => `${upTo}. What is charged may vary, but never goes above that.`,
    special: (amount, each) => `${amount} for the first period, then ${each.charAt(0).toLowerCase()}${each.slice(1)}.`,
    rhythms: {
      day: (second) => `Once a day; the second charge is on ${second}.`,
      week: (second) => `Every 7 days; the second charge is on ${second}.`,
      month: (second) =>
        `The same day each month; the second charge is on ${second}. The month’s last day where it has no such day.`,
      quarter: (second) =>
        `The same day every three months; the second charge is on ${second}. The month’s last day where it has no such day.`,
      year: (second) => `The same day each year; the second charge is on ${second}.`,
    },
    renews: 'It renews automatically at the end of each period until you cancel. You are not asked again.',
    notices: {
      notice24h: 'Except for a charge right after signing, WeChat notifies you 24 hours before each charge.',
      preNotice:
        'Except for a charge right after signing, WeChat notifies you at least two days before each charge. Charges are made between 7:00 and 22:00 only.',
    },
    retries: (days, graceDays) =>
      `If there is not enough money, for example, we try again after ${days} days. If that fails too, you have ${graceDays} days to pay this period yourself, or the subscription ends.`,
    noRetries: (graceDays) =>
      `We do not try again. You have ${graceDays} days to pay this period yourself, or the subscription ends.`,
    stop: 'At any time: “End subscription” under My subscriptions here, or in WeChat under Me > Services > Wallet > Payment settings > Auto-renewal. It works at once, and nothing more is charged.',
  },
  contract: {
    title: 'Subscription',
    goOn: 'Continue signing',
    refresh: 'Check again',
    contact: 'Contact the shop',
    toPlans: 'Sign again',
    toMine: 'See the one I have',
    plan: 'Plan',
    price: 'Price',
    signed: 'Signed',
    signBy: 'Sign before',
    ended: 'Ended',
    next: 'Next charge',
    nextAnnounced: (day) => `We asked WeChat on ${day} to notify you`,
    nextToAnnounce: 'WeChat will notify you before it',
    missed: 'A charge did not succeed',
    missedRetry: (day) => `We try again on ${day}.`,
    missedPayBy: (day) => `Please pay it by ${day}, or the subscription ends.`,
    payNow: 'Pay now',
    charges: 'Charges',
    noCharges: 'Nothing has been charged yet',
    span: (from, to) => `${from} to ${to}`,
    triedTimes: (tries) => `${tries} tries`,
    seeOrder: 'See order',
    timeline: 'What happened',
    howToStop: 'How to cancel',
    number: 'Contract no.',
    copy: 'Copy',
    copied: 'Copied',
    end: 'End subscription',
    endTitle: 'End this subscription?',
    endText: 'It ends at once and nothing more is charged. What you have paid stays as it is. To resume, sign again.',
    endMissedText:
      'It ends at once and nothing more is charged; the period that failed is not collected either. To resume, sign again.',
    endYes: 'End it',
    endNo: 'Keep it',
  },
  contracts: {
    title: 'My subscriptions',
    emptyTitle: 'No subscriptions yet',
    emptyText: 'What you sign can be seen and ended here.',
    toPlans: 'See plans',
    more: 'Loading more',
    end: 'That is all',
    moreFailed: 'Could not load more. Tap to try again',
    retry: 'Load again',
    open: 'See subscription',
    next: (day, amount) => `${amount} on ${day}`,
    retryOn: (day) => `The charge failed; next try on ${day}`,
    payBy: (time) => `Please pay by ${time}`,
    begunOn: (day) => `Started on ${day}`,
    endedOn: (day) => `Ended on ${day}`,
  },
  entry: {
    shop: 'Subscriptions',
    shopNote: 'Sign once, pay automatically each period, cancel anytime',
    orders: 'My subscriptions',
  },
}

export const contractMessages: ContractMessages = isChinese ? chinese : english

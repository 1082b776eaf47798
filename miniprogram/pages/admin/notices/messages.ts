// The sentences of the page of notices that could not be applied.
import type { NoticeView } from '../../../../cloudfunctions/shared/api'
import { isChinese } from '../../../messages'

interface Sentences {
  all: string
  dismissed: string
  advice: Record<NoticeView['kind'], string>
  reasons: ReadonlyMap<string, string>
  otherReason: string
  /** notes that the system writes */
  notes: ReadonlyMap<string, string>
  /** @param field its name in the provider's document */
  unreadable: (field: string) => string
  times: (count: number, first: string, last: string) => string
  amounts: (due: string, told: string) => string
  unknownAmount: string
  ourNo: (no: string) => string
  theirNo: (no: string) => string
  order: string
  show: string
  hide: string
  replay: string
  replayAll: (provider: string) => string
  replayAllText: (provider: string) => string
  replayed: (applied: number, of: number) => string
  notApplied: (why: string) => string
  /** why an entry stays although all that was kept of it was applied */
  staysFor: ReadonlyMap<string, string>
  nothingToReplay: string
  dismiss: string
  note: string
  noteHint: string
  noteFirst: string
  dismissedBy: (by: string, time: string) => string
  emptyTitle: string
  emptyText: string
  emptyDismissed: string
}

const chinese: Sentences = {
  all: '全部',
  dismissed: '已处理',
  advice: {
    forged: '签名不对：多半是有人在试探，什么都没有改变。若刚换过密钥，改好设置后可以重放。',
    unmatched: '通知里的单号不是本店的订单。请确认支付服务的回调地址没有填到别家。',
    mismatched: '通知的内容与我们的记录不符，没有入账。请到支付服务的商户平台核对这一笔。',
    contradiction: '通知与已有的结果矛盾，订单没有改变。请到支付服务的商户平台核对。',
    unresolved: '问了七天都没有结果。请到支付服务的商户平台查这一笔，再在订单页核对。',
    stuck: '系统多次处理都没有成功，会继续每天再试。请看看支付设置和支付服务的状态。',
    keysRefused: '支付服务不认我们的签名，顾客付不了款。请店主到「支付设置」测试并更换密钥，或恢复以前的设置。',
  },
  reasons: new Map([
    ['amount differs', '金额与订单不同'],
    ['currency differs', '币种与订单不同'],
    ['provider differs', '不是这个订单所用的支付服务'],
    ['shopper differs', '付款人与订单不同'],
    ['signer differs', '签约的不是开通的人：没有生效，正在微信解约'],
    ['numbers of its charges are taken', '扣款的单号被占用了两次，已换号再扣'],
    ['the provider does not end this contract', '微信三天没有解约'],
    ['the provider refuses our debits', '微信不受理我们的扣款'],
    ['work on this contract keeps failing', '这个自动续费多次处理失败'],
    ['merchant differs', '是另一个商户的通知'],
    ['payment differs', '退款对应的支付与记录不同'],
    ['amount is missing', '说退过款，却没有说收了多少'],
    ['refunded outside, amount unknown', '对方退过款，金额未知'],
    ['told of a second payment that cannot be confirmed', '说同一单号付了两次，对方没有证实'],
    ['paid twice under one number', '同一单号付了两次，只能在对方后台退'],
    ['unreadable', '签名正确，内容却读不懂'],
    ['no such payment', '订单里没有这笔支付'],
    ['no such order', '没有这个订单'],
    ['not a number of ours', '不是本店的单号'],
    ['no such refund', '订单里没有这笔退款'],
    ['no such contract', '没有这个自动续费'],
    ['paid after it was settled', '已有结果之后又说已支付'],
    ['closed after it was settled', '已支付之后又说已关闭'],
    ['declined after it was settled', '已支付之后又说没有付成'],
    ['refused after it was settled', '已退款之后又说没有退成'],
    ['more went back than was paid', '退回的钱比收到的多'],
    ['surplus could not be sent back', '多收的钱没有退成'],
    ['the provider does not say what became of this refund', '支付机构没有告知这笔退款的结果，请到其商户后台查看'],
    ['the signature is wrong or missing', '签名不对或没有签名'],
    ['signature differs', '签名不对'],
    ['provider is not enabled', '这家支付服务没有启用'],
    ['no time was left', '这次来不及处理，请再重放'],
    ['nothing was kept', '没有留下原文，请在订单页向支付服务核对'],
  ]),
  notes: new Map([
    ['replayed', '已重放'],
    ['accepted', '对方又认了这些密钥'],
    ['saved', '保存了新的设置'],
  ]),
  otherReason: '其他原因',
  unreadable: (field) => `签名正确，但读不懂其中的 ${field}`,
  times: (count, first, last) => `${count} 次，${first} 起，最近 ${last}`,
  amounts: (due, told) => `应收 ${due}，通知说 ${told}`,
  unknownAmount: '没有说',
  ourNo: (no) => `本店单号 ${no}`,
  theirNo: (no) => `对方单号 ${no}`,
  order: '看订单',
  show: '看内容',
  hide: '收起',
  replay: '重放',
  replayAll: (provider) => `重放 ${provider} 近 7 天的全部`,
  replayAllText: (provider) => `把 ${provider} 近 7 天没有入账的通知按同样的检查再处理一遍，最多 50 条。不会重复入账。`,
  replayed: (applied, of) => `${of} 条中 ${applied} 条已入账`,
  notApplied: (why) => `仍未入账：${why}`,
  staysFor: new Map([
    ['only the last were kept', '已重放；只保留了其中几次，其余请向支付服务核对'],
    ['another came meanwhile', '已重放；刚刚又来了新的'],
  ]),
  nothingToReplay: '没有可以重放的通知',
  dismiss: '标为已处理',
  note: '说明',
  noteHint: '例如：已在商户平台核对',
  noteFirst: '请先写一句说明',
  dismissedBy: (by, time) => `${by} 处理于 ${time}`,
  emptyTitle: '没有等待处理的通知',
  emptyText: '所有通知都已入账',
  emptyDismissed: '还没有处理过的通知',
}

const english: Sentences = {
  all: 'All',
  dismissed: 'Dismissed',
  advice: {
    forged:
      'Wrong signature: mostly somebody trying, and nothing was changed. After keys were replaced, mend the settings and replay.',
    unmatched: 'The number is of no order here. Check that the provider’s callback address is this shop’s.',
    mismatched: 'It differs from our record and was not applied. Compare it on the provider’s merchant site.',
    contradiction: 'It contradicts a result that is known; the order stays as it is. Compare it on the merchant site.',
    unresolved: 'Asked for seven days without a result. Look it up on the merchant site, then ask again on the order.',
    stuck: 'The work keeps failing and is tried once a day. Look at the payment settings and at the provider.',
    keysRefused:
      'The provider refuses our signature: shoppers cannot pay. The owner should test and replace the keys in the payment settings, or put earlier settings back.',
  },
  reasons: new Map([
    ['amount differs', 'The amount is not the order’s'],
    ['currency differs', 'The currency is not the order’s'],
    ['provider differs', 'Not the provider of this order'],
    ['shopper differs', 'Somebody else paid'],
    ['signer differs', 'Signed by another person than opened it: not active, and being ended in WeChat'],
    ['numbers of its charges are taken', 'The number of a charge was taken twice; it is charged under another'],
    ['the provider does not end this contract', 'WeChat has not ended it for three days'],
    ['the provider refuses our debits', 'WeChat refuses our debits'],
    ['work on this contract keeps failing', 'Work on this subscription keeps failing'],
    ['merchant differs', 'It is for another merchant'],
    ['payment differs', 'The refund is of another payment'],
    ['amount is missing', 'Refunded, but it does not say how much had been paid'],
    ['refunded outside, amount unknown', 'Refunded outside, amount unknown'],
    ['told of a second payment that cannot be confirmed', 'A second payment that the provider does not confirm'],
    ['paid twice under one number', 'Paid twice under one number; it can only be given back on the provider’s site'],
    ['unreadable', 'Rightly signed, but it cannot be read'],
    ['no such payment', 'The order has no such payment'],
    ['no such order', 'There is no such order'],
    ['not a number of ours', 'Not a number of this shop'],
    ['no such refund', 'The order has no such refund'],
    ['no such contract', 'There is no such subscription'],
    ['paid after it was settled', 'It says paid after another result was known'],
    ['closed after it was settled', 'It says closed after it was paid'],
    ['declined after it was settled', 'It says declined after it was paid'],
    ['refused after it was settled', 'It says refused after it was refunded'],
    ['more went back than was paid', 'More went back than was paid'],
    ['surplus could not be sent back', 'Surplus could not be sent back'],
    [
      'the provider does not say what became of this refund',
      'The provider does not say what became of this refund: look it up in its console',
    ],
    ['the signature is wrong or missing', 'The signature is wrong or missing'],
    ['signature differs', 'The signature is wrong'],
    ['provider is not enabled', 'This provider is not enabled'],
    ['no time was left', 'No time was left, please replay it again'],
    ['nothing was kept', 'Nothing of it was kept: ask the provider on the order’s page'],
  ]),
  notes: new Map([
    ['replayed', 'Replayed'],
    ['accepted', 'The provider takes these keys again'],
    ['saved', 'The settings were saved'],
  ]),
  otherReason: 'Another reason',
  unreadable: (field) => `Rightly signed, but its ${field} cannot be read`,
  times: (count, first, last) => `${count} ×, since ${first}, last ${last}`,
  amounts: (due, told) => `Due ${due}, told ${told}`,
  unknownAmount: 'not said',
  ourNo: (no) => `Our number ${no}`,
  theirNo: (no) => `Their number ${no}`,
  order: 'See order',
  show: 'See content',
  hide: 'Hide',
  replay: 'Replay',
  replayAll: (provider) => `Replay 7 days of ${provider}`,
  replayAllText: (provider) =>
    `Takes what ${provider} sent in the last 7 days and was not applied through the same checks again, at most 50. Nothing is applied twice.`,
  replayed: (applied, of) => `${applied} of ${of} applied`,
  notApplied: (why) => `Still not applied: ${why}`,
  staysFor: new Map([
    ['only the last were kept', 'Replayed. Only some were kept: ask the provider about the rest'],
    ['another came meanwhile', 'Replayed. A new one came just now'],
  ]),
  nothingToReplay: 'There is nothing to replay',
  dismiss: 'Dismiss',
  note: 'Note',
  noteHint: 'Such as: compared on the merchant site',
  noteFirst: 'Please write a note first',
  dismissedBy: (by, time) => `${by}, ${time}`,
  emptyTitle: 'No notice waits',
  emptyText: 'All were applied',
  emptyDismissed: 'Nothing was dismissed yet',
}

export const t = isChinese ? chinese : english

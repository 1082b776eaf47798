// Sentences about subscribe messages, in Chinese and English.
import type { MessageKind, MessageState } from '../../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../../messages'

const chinese = {
  title: '订阅消息',
  none: '尚未填写消息模板。在本页填写后，顾客在支付时可以选择接收。',
  kinds: {
    paid: '支付成功（发给顾客）',
    refunded: '退款成功（发给顾客）',
    chargeAnnounced: '即将扣款（发给顾客）',
    chargeFailed: '扣款失败（发给顾客）',
    newOrder: '新订单（发给店员）',
  } satisfies Record<MessageKind, string>,
  test: '给我发一条',
  hear: '接收新订单提醒',
  hearMore: '再接收一条',
  hearHint: '按微信规定，每授权一次可接收一条。多点几次，可多接收几条。',
  hearing: '已开启，下一笔订单会提醒你',
  notPermitted: '未获得授权，不会提醒',
  last: '最近的消息',
  states: {
    waiting: '等待发送',
    sending: '正在发送',
    sent: '已发送',
    refused: '对方未授权，或授权次数已用完',
    failed: '微信未接受消息内容，请核对模板编号和关键词',
    unclear: '微信未返回明确结果，不再重发',
  } satisfies Record<MessageState, string>,
  code: (code: number) => `（错误码 ${code}）`,
}

const english: typeof chinese = {
  title: 'Messages',
  none: 'No message templates yet. Once you enter them here, customers can choose to get messages when they pay.',
  kinds: {
    paid: 'Payment received (to the customer)',
    refunded: 'Refund completed (to the customer)',
    chargeAnnounced: 'Upcoming charge (to the customer)',
    chargeFailed: 'Charge failed (to the customer)',
    newOrder: 'New order (to staff)',
  },
  test: 'Send me one',
  hear: 'Tell me about new orders',
  hearMore: 'Allow one more',
  hearHint: 'WeChat lets us send one message each time you allow it. Tap again to get more.',
  hearing: 'On. You’ll hear about the next order',
  notPermitted: 'You didn’t allow it, so no message will be sent',
  last: 'Recent messages',
  states: {
    waiting: 'Waiting to be sent',
    sending: 'Sending',
    sent: 'Sent',
    refused: 'The recipient hasn’t allowed messages, or the permission is used up',
    failed: 'WeChat rejected the content. Check the template ID and its keywords',
    unclear: 'WeChat didn’t confirm this message. It won’t be sent again',
  },
  code: (code) => ` (error code ${code})`,
}

export const t = isChinese ? chinese : english

// The sentences of the page of the shop's people.
import { isChinese } from '../../../messages'

interface Sentences {
  people: string
  me: string
  limit: (amount: string) => string
  noLimit: string
  invites: string
  until: (time: string) => string
  invite: string
  name: string
  nameHint: string
  role: string
  roles: { owner: string; operator: string; viewer: string }
  refundLimit: string
  send: string
  save: string
  change: string
  rename: string
  remove: string
  withdraw: string
  removeTitle: string
  removeText: (name: string) => string
  withdrawText: string
  codeTitle: string
  codeHow: string
  nameFirst: string
  wrongLimit: string
  done: string
  nameless: string
}

const chinese: Sentences = {
  people: '本店的人',
  me: '你',
  limit: (amount) => `每单最多退 ${amount}`,
  noLimit: '不限额',
  invites: '等待使用的代码',
  until: (time) => `${time} 前有效`,
  invite: '邀请一个人',
  name: '称呼',
  nameHint: '例如：小王',
  role: '能做什么',
  roles: {
    owner: '店主：全部，包括设置和人员',
    operator: '店员：退款（有额度）、核对、处理通知和对账',
    viewer: '只看：订单、统计和对账',
  },
  refundLimit: '每单退款额度（元）',
  send: '生成代码',
  save: '保存',
  change: '修改',
  rename: '改称呼',
  remove: '移除',
  withdraw: '收回',
  removeTitle: '移除这个人？',
  removeText: (name) => `${name} 从现在起不能再使用后台。`,
  withdrawText: '收回后这个代码不能再用。',
  codeTitle: '代码，只显示这一次',
  codeHow: '请对方打开小程序，点“我的”里的“店员入口”，填入这个代码。24 小时内有效，只能用一次。',
  nameFirst: '请填称呼',
  wrongLimit: '请填额度，例如 200.00',
  done: '已保存',
  nameless: '未填称呼',
}

const english: Sentences = {
  people: 'People of this shop',
  me: 'you',
  limit: (amount) => `May refund ${amount} of one order`,
  noLimit: 'No limit',
  invites: 'Codes that wait',
  until: (time) => `Until ${time}`,
  invite: 'Invite somebody',
  name: 'Name',
  nameHint: 'Such as: Wang',
  role: 'What they may do',
  roles: {
    owner: 'Owner: everything, settings and people too',
    operator: 'Operator: refunds up to a limit, asking providers, notices, reconciliation',
    viewer: 'Viewer: looks at orders, figures and reconciliation',
  },
  refundLimit: 'Refund limit of one order, in yuan',
  send: 'Make a code',
  save: 'Save',
  change: 'Change',
  rename: 'Change name',
  remove: 'Remove',
  withdraw: 'Withdraw',
  removeTitle: 'Remove this person?',
  removeText: (name) => `${name} may not use the back office from now on.`,
  withdrawText: 'The code stops working.',
  codeTitle: 'The code, shown this once',
  codeHow:
    'They open the mini-program, tap Me, then Staff sign-in, and enter it there. It works once, within 24 hours.',
  nameFirst: 'Please give a name',
  wrongLimit: 'Please give a limit such as 200.00',
  done: 'Saved',
  nameless: 'No name',
}

export const t = isChinese ? chinese : english

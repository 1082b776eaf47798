// The sentences of the page on which staff export orders, refunds and charges.
import type { ExportView } from '../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../messages'

const chinese = {
  choose: '导出什么',
  what: { orders: '订单', refunds: '退款', charges: '自动续费扣款' } satisfies Record<ExportView['what'], string>,
  meaning: {
    orders: '按下单时间，每个订单一行',
    refunds: '按退款记账时间，每笔退款一行',
    charges: '按扣款订单的创建时间，每期一行',
  } satisfies Record<ExportView['what'], string>,
  from: '从',
  to: '到',
  tooLong: '一次最多导出 366 天',
  wrongWay: '结束日期早于开始日期',
  start: '开始导出',
  starting: '正在提交',
  busy: '上一次导出还在进行，或同时导出的人太多。请等它完成后再试',
  past: '最近的导出',
  none: '还没有导出过',
  states: { running: '进行中', done: '已完成', failed: '没有完成', expired: '已过期' } satisfies Record<
    ExportView['state'],
    string
  >,
  rows: (_: number, grouped: string) => `${grouped} 行`,
  covered: (percent: number) => `已完成 ${percent}%`,
  tooMany: '这段时间的数据超过 15 万行，请缩短日期再导出',
  expired: '文件保留 7 天，已删除。需要时请重新导出',
  copyLink: '复制链接',
  linkCopied: '链接已复制，一小时内有效',
  linkGone: '文件已不在，请重新导出',
  send: '发送到聊天',
  sending: '正在下载',
  sendReady: '文件已下载，请再点一次发送',
  cannotSend: '这里不能直接发送，链接已复制，一小时内有效',
  openHint: '微信不能直接打开 CSV 文件：把链接复制到电脑浏览器，或发送到聊天后在电脑上用 Excel 或 WPS 打开。',
  waiting: '暂时连不上，正在重试',
  title: (what: string, from: string, to: string) => (from === to ? `${what} ${from}` : `${what} ${from} 至 ${to}`),
}

const english: typeof chinese = {
  choose: 'What to export',
  what: { orders: 'Orders', refunds: 'Refunds', charges: 'Subscription charges' },
  meaning: {
    orders: 'By the time they were placed, one line each',
    refunds: 'By the time they were booked, one line each',
    charges: 'By the time their order was made, one line for each period',
  },
  from: 'From',
  to: 'To',
  tooLong: 'At most 366 days at once',
  wrongWay: 'It ends before it begins',
  start: 'Start the export',
  starting: 'Starting',
  busy: 'Your last export still runs, or too many run at once. Please wait until it is done',
  past: 'The last exports',
  none: 'Nothing was exported yet',
  states: { running: 'Running', done: 'Done', failed: 'Not done', expired: 'Expired' },
  rows: (count, grouped) => (count === 1 ? '1 row' : `${grouped} rows`),
  covered: (percent) => `${percent}% done`,
  tooMany: 'These days hold more than 150,000 rows. Please choose fewer',
  expired: 'Files are kept for 7 days. Please export it again',
  copyLink: 'Copy link',
  linkCopied: 'Copied. It works for an hour',
  linkGone: 'The file is gone. Please export it again',
  send: 'Send to a chat',
  sending: 'Downloading',
  sendReady: 'The file is here. Tap once more to send it',
  cannotSend: 'It cannot be sent from here. The link was copied and works for an hour',
  openHint:
    'WeChat cannot open CSV files: paste the link into a browser, or send the file to a chat and open it on a PC with Excel or WPS.',
  waiting: 'No connection. Trying again',
  title: (what, from, to) => (from === to ? `${what} ${from}` : `${what} ${from} to ${to}`),
}

export const t = isChinese ? chinese : english

// Sentences of the page on which staff export orders, refunds and charges.
import type { ExportView } from '../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../messages'

const chinese = {
  choose: '导出内容',
  what: { orders: '订单', refunds: '退款', charges: '自动续费扣款' } satisfies Record<ExportView['what'], string>,
  meaning: {
    orders: '按下单时间导出，每笔订单一行',
    refunds: '按退款记账时间导出，每笔退款一行',
    charges: '按扣款订单的创建时间导出，每期扣款一行',
  } satisfies Record<ExportView['what'], string>,
  from: '从',
  to: '到',
  tooLong: '一次最多导出 366 天',
  wrongWay: '结束日期早于开始日期',
  start: '开始导出',
  starting: '正在提交',
  busy: '有导出正在进行，请稍后再试',
  past: '最近的导出',
  none: '暂无导出记录',
  states: { running: '进行中', done: '已完成', failed: '导出失败', expired: '已过期' } satisfies Record<
    ExportView['state'],
    string
  >,
  rows: (_: number, grouped: string) => `${grouped} 行`,
  covered: (percent: number) => `已完成 ${percent}%`,
  tooMany: '数据超过 15 万行，请缩短日期范围后导出',
  expired: '文件仅保留 7 天，现已删除，请重新导出',
  copyLink: '复制链接',
  linkCopied: '链接已复制，一小时内有效',
  linkGone: '文件已失效，请重新导出',
  send: '发送到聊天',
  sending: '正在下载',
  sendReady: '文件已下载，请再次点击发送',
  cannotSend: '当前无法发送，已复制链接，一小时内有效',
  openHint: '微信无法直接打开 CSV 文件。请复制链接到电脑浏览器打开，或发送到聊天，在电脑上用 Excel 或 WPS 打开。',
  waiting: '网络连接中断，正在重试',
  title: (what: string, from: string, to: string) => (from === to ? `${what} ${from}` : `${what} ${from} 至 ${to}`),
}

const english: typeof chinese = {
  choose: 'Export',
  what: { orders: 'Orders', refunds: 'Refunds', charges: 'Subscription charges' },
  meaning: {
    orders: 'By order date, one row per order',
    refunds: 'By the date the refund was recorded, one row per refund',
    charges: 'By order date, one row per billing period',
  },
  from: 'From',
  to: 'To',
  tooLong: 'Choose up to 366 days',
  wrongWay: 'The end date is before the start date',
  start: 'Start export',
  starting: 'Starting',
  busy: 'Another export is still running. Please try again later',
  past: 'Recent exports',
  none: 'No exports yet',
  states: { running: 'In progress', done: 'Complete', failed: 'Failed', expired: 'Expired' },
  rows: (count, grouped) => (count === 1 ? '1 row' : `${grouped} rows`),
  covered: (percent) => `${percent}% complete`,
  tooMany: 'There are more than 150,000 rows. Choose a shorter period',
  expired: 'Files are kept for 7 days. Please export again',
  copyLink: 'Copy link',
  linkCopied: 'Link copied. It works for one hour',
  linkGone: 'This file is no longer available. Please export again',
  send: 'Send to a chat',
  sending: 'Downloading',
  sendReady: 'Downloaded. Tap again to send',
  cannotSend: 'You can’t send files from here. We copied the link, which works for one hour',
  openHint:
    'WeChat can’t open CSV files. Paste the link into a browser, or send the file to a chat and open it on a computer with Excel or WPS.',
  waiting: 'Connection lost. Trying again',
  title: (what, from, to) => (from === to ? `${what} ${from}` : `${what} ${from} to ${to}`),
}

export const t = isChinese ? chinese : english

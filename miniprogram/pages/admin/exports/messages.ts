// The sentences of exports.
import { isChinese } from '../../../messages'

interface Sentences {
  what: string
  whats: { orders: string; refunds: string; charges: string }
  from: string
  to: string
  start: string
  lead: string
  last: string
  running: (rows: string) => string
  done: (rows: string, size: string) => string
  failed: { tooMany: string; other: string }
  expired: string
  copy: string
  share: string
  linkCopied: string
  preparing: string
  stillRuns: string
  wrongDays: string
  none: string
  by: (name: string, time: string) => string
  progress: (percent: string) => string
}

const chinese: Sentences = {
  what: '导出什么',
  whats: { orders: '订单', refunds: '退款', charges: '自动续费扣款' },
  from: '从',
  to: '到',
  start: '开始导出',
  lead: '得到一个 CSV 文件，用 Excel 或 WPS 打开；微信里不能直接打开 CSV。文件保留 7 天。',
  last: '最近的导出',
  running: (rows) => `正在导出，已有 ${rows} 行`,
  done: (rows, size) => `${rows} 行，${size}`,
  failed: { tooMany: '行数太多，请缩短日期', other: '没有成功，请再试一次' },
  expired: '文件已过期，请重新导出',
  copy: '复制链接',
  share: '发给朋友',
  linkCopied: '链接已复制，1 小时内有效',
  preparing: '正在准备',
  stillRuns: '上一个导出还在进行，请等它完成',
  wrongDays: '请选择不超过 366 天的日期',
  none: '还没有导出过',
  by: (name, time) => `${name} · ${time}`,
  progress: (percent) => `完成 ${percent}`,
}

const english: Sentences = {
  what: 'What to export',
  whats: { orders: 'Orders', refunds: 'Refunds', charges: 'Subscription charges' },
  from: 'From',
  to: 'To',
  start: 'Export',
  lead: 'Makes a CSV file for Excel or WPS; WeChat itself opens no CSV. It is kept for 7 days.',
  last: 'Last exports',
  running: (rows) => `Under way, ${rows} rows so far`,
  done: (rows, size) => `${rows} rows, ${size}`,
  failed: { tooMany: 'Too many rows: please choose fewer days', other: 'It failed. Please try again' },
  expired: 'The file is no longer kept. Please export again',
  copy: 'Copy link',
  share: 'Send to a chat',
  linkCopied: 'Link copied. It works for an hour',
  preparing: 'Preparing',
  stillRuns: 'Your last export still runs. Please wait for it',
  wrongDays: 'Please choose at most 366 days',
  none: 'Nothing was exported yet',
  by: (name, time) => `${name} · ${time}`,
  progress: (percent) => `${percent} done`,
}

export const t = isChinese ? chinese : english

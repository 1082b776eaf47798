// Sentences of the page on which staff sign in at a computer.
import type { SessionView } from '../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../messages'

const chinese = {
  title: '登录电脑端商家后台',
  how: (address: string) => `在电脑浏览器打开 ${address} ，扫描页面上的二维码，或在下方输入 8 位登录码。`,
  onPhone: '如需登录其他电脑，请在小程序的商家后台中确认。',
  scan: '扫一扫',
  codeLabel: '登录码',
  next: '下一步',
  wrongShape: '登录码为 8 位字母和数字，请核对',
  wrongCode: '登录码错误或已过期，请在电脑上刷新后重试',
  tooMany: '输入错误次数过多，请一小时后再试',
  asks: '有浏览器请求登录你的商家后台',
  warning: '请确认你本人正在这台设备前。不要确认他人发来的二维码或登录码。',
  device: '设备',
  places: {
    pc: '电脑',
    mobile: '手机或平板浏览器',
    wechat: '微信内浏览器',
    miniprogram: '小程序',
  } satisfies Record<SessionView['place'], string>,
  browser: '浏览器',
  unknown: '未知',
  address: '网络地址',
  sameNetwork: '与本机相同',
  otherNetwork: '与本机不同',
  asked: '请求时间',
  confirm: '确认登录',
  done: '已登录',
  signedIn: '已登录的浏览器',
  none: '暂无',
  thisOne: '当前',
  used: (time: string) => `最近使用 ${time}`,
  end: '退出',
  endTitle: '退出登录？',
  endText: (browser: string) => `退出后，在 ${browser} 使用商家后台需要重新登录。`,
  ended: '已退出',
}

const english: typeof chinese = {
  title: 'Sign in on a computer',
  how: (address) =>
    `Open ${address} in a browser on your computer. Scan the QR code there, or enter its 8 characters here.`,
  onPhone: 'To sign in on another computer, use the back office in the mini-program.',
  scan: 'Scan QR code',
  codeLabel: 'Sign-in code',
  next: 'Next',
  wrongShape: 'Sign-in codes have 8 letters and digits. Please check yours',
  wrongCode: 'This code is incorrect or expired. Refresh it on the computer and try again',
  tooMany: 'Too many incorrect codes. Try again in an hour',
  asks: 'A browser wants to sign in to your back office',
  warning: 'Confirm only if you’re at this device yourself. Never confirm a code that somebody sent you.',
  device: 'Device',
  places: {
    pc: 'Computer',
    mobile: 'Phone or tablet browser',
    wechat: 'WeChat’s browser',
    miniprogram: 'Mini-program',
  },
  browser: 'Browser',
  unknown: 'Unknown',
  address: 'Network address',
  sameNetwork: 'same as this phone',
  otherNetwork: 'not the same as this phone',
  asked: 'Requested at',
  confirm: 'Sign in',
  done: 'Signed in',
  signedIn: 'Signed-in browsers',
  none: 'None',
  thisOne: 'This one',
  used: (time) => `Last used ${time}`,
  end: 'Sign out',
  endTitle: 'Sign out?',
  endText: (browser) => `You’ll have to sign in again to use the back office in ${browser}.`,
  ended: 'Signed out',
}

export const t = isChinese ? chinese : english

/** The name of a browser that is signed in, as one line. */
export const browserName = ({ place, browser }: Pick<SessionView, 'place' | 'browser'>): string =>
  browser === '' ? t.places[place] : `${browser} · ${t.places[place]}`

// Sentences of the page on which staff sign in in a browser.
import { session } from '../../packages/miniprogram-web/src/browser/session'

const chinese = {
  title: '登录商家后台',
  steps: ['在微信中打开本店小程序', '进入 我的 › 店员入口 › 电脑登录', '扫描二维码，或输入登录码'],
  picture: '登录二维码',
  code: '登录码',
  left: (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} 后失效`,
  over: '登录码已失效',
  refresh: '刷新登录码',
  waiting: '正在获取登录码',
  failed: '网络连接失败，请重试',
  tooMany: '该网络的登录请求过多，请三分钟后重试',
  noCookie: '浏览器未保存 Cookie，无法登录。请在浏览器设置中允许本站使用 Cookie',
  safety: '登录码仅供本人使用，请勿发给他人。',
  print: '打印',
  wrongFile: '无法使用该文件，请选择不超过 16 KB 的文本文件',
  signOut: '退出登录',
  notSignedOut: '退出失败，请重试',
  roles: { owner: '店主', operator: '店员', viewer: '查看员' },
}

const english: typeof chinese = {
  title: 'Sign in to the back office',
  steps: [
    'Open the shop’s mini-program in WeChat',
    'Go to Me › Staff sign-in › Computers',
    'Scan the QR code, or enter the sign-in code',
  ],
  picture: 'Sign-in QR code',
  code: 'Sign-in code',
  left: (seconds) => `Expires in ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`,
  over: 'This code has expired',
  refresh: 'Get a new code',
  waiting: 'Getting a code',
  failed: 'No network connection. Please try again',
  tooMany: 'Too many sign-ins from this network. Try again in three minutes',
  noCookie:
    'Your browser didn’t save a cookie, so you can’t sign in. Allow cookies for this site in your browser’s settings',
  safety: 'This code is for you only. Don’t share it with anyone.',
  print: 'Print',
  wrongFile: 'This file can’t be used here. Choose a text file of up to 16 KB',
  signOut: 'Sign out',
  notSignedOut: 'Couldn’t sign out. Try again',
  roles: { owner: 'Owner', operator: 'Operator', viewer: 'Viewer' },
}

export const t = session.language === 'en' ? english : chinese

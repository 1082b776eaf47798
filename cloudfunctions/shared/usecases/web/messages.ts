// The texts of the page that a person reads when a sign-in with WeChat fails, in the language that the browser asks
// for.

const chinese = {
  over: { title: '登录未完成', text: '这次登录已失效，请重新登录。', link: '返回商店' },
  noCookie: {
    title: '登录未完成',
    text: '浏览器没有保存 Cookie，无法登录。请在设置里允许本站的 Cookie，再从原来的页面重新打开。',
    link: '返回商店',
  },
  refused: { title: '登录未完成', text: '微信没有确认这次登录，请重试。', link: '重新登录' },
  unreachable: { title: '暂时无法登录', text: '暂时无法连接微信，请稍后重试。', link: '重新登录' },
  off: { title: '无法登录', text: '本店还没有开通微信登录，您可以直接下单。', link: '返回商店' },
}

const english: typeof chinese = {
  over: {
    title: 'Sign-in not completed',
    text: 'This sign-in has expired. Please sign in again.',
    link: 'Back to shop',
  },
  noCookie: {
    title: 'Sign-in not completed',
    text: 'Your browser isn’t saving cookies, so you can’t sign in. Please allow cookies for this site, and open the page that you came from again.',
    link: 'Back to shop',
  },
  refused: {
    title: 'Sign-in not completed',
    text: 'WeChat didn’t confirm this sign-in. Please try again.',
    link: 'Sign in again',
  },
  unreachable: {
    title: 'Can’t sign in right now',
    text: 'WeChat can’t be reached. Please try again later.',
    link: 'Sign in again',
  },
  off: {
    title: 'Can’t sign in',
    text: 'This shop has no WeChat sign-in yet. You can order without it.',
    link: 'Back to shop',
  },
}

/** The texts in the language of a browser. @param languages the header `accept-language` */
export const messagesFor = (languages: string | undefined): typeof chinese =>
  /^\s*en\b/i.test(languages ?? '') ? english : chinese

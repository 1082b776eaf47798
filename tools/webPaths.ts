// What lies below /web/: these go to the function `web`, everything else is a file of the website.
export const webPaths = ['call', 'session', 'login', 'return', 'staff', 'logout', 'pay', 'wechat'] as const

// The paths below /web/ that go to the cloud function `web`. All other paths are files of the website.
export const webPaths = ['call', 'session', 'login', 'return', 'staff', 'logout', 'pay', 'wechat'] as const

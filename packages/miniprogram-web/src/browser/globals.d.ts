// The members that the host adds to the window, for the mini-program, the build's entry and tests.

type WxFunction = (options?: Record<string, unknown>) => unknown
declare const wx: Record<string, WxFunction | undefined>

/** true in a website, false on a developer's page; the build puts it in */
declare const __SITE__: boolean

interface Window {
  __mp: import('./handle').PreviewHandle
}

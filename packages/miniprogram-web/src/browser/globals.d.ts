// The members that this package adds to `window`, for the mini-program, the bundle's entry file and tests.

type WxFunction = (options?: Record<string, unknown>) => unknown
declare const wx: Record<string, WxFunction | undefined>

/** true in a website, false on a developer's page. The build inserts the value. */
declare const __SITE__: boolean

interface Window {
  __mp: import('./handle').PreviewHandle
}

// The interface of a guest: optional code that runs beside the host, for example a developer's tools. Without a guest
// the phone fills the page and cannot pay.

/** Another mini-program, which the guest plays. */
export interface Visit {
  /** the mini-program's name, which WeChat shows when it asks the user before the jump */
  name: string
  /** true: the jump to this mini-program fails */
  fails: boolean
  /**
   * Shows the other mini-program.
   * @returns resolves when the user comes back, with fields for App.onShow's `referrerInfo` (the host adds the appId)
   */
  open(): Promise<{ extraData?: unknown }>
}

/** The abilities that a guest adds to the host: paying, signing, playing other mini-programs. */
export interface Guest {
  /**
   * Members of `wx` that replace or extend the host's own, such as requestPayment. The function `api` makes such a
   * member.
   */
  members?: Record<string, unknown>
  /**
   * The host calls this when the mini-program opens another one.
   * @param target the argument of wx.navigateToMiniProgram
   * @returns undefined if the guest does not play this mini-program. The host then shows a page with the argument
   */
  openMiniProgram?(target: { appId: string; path: string; extraData: unknown }): Visit | undefined
  /**
   * What brought the user to this page, for App.onLaunch and the first App.onShow.
   * @param stored reads a value of wx.setStorage
   * @returns undefined for scene 1001
   */
  cameFrom?(stored: (key: string) => unknown): { scene: number; referrerInfo: { appId: string } } | undefined
  /** Keys of wx.setStorage whose values belong to one tab of the browser and not to all tabs */
  tabStorage?: readonly string[]
  /** The host calls this before the first page opens, and starts the mini-program when the promise resolves. */
  ready?(): Promise<void>
  /**
   * Puts the phone into the page. Without this function the host puts it into the body.
   * @param phone the element that shows the mini-program
   */
  mount?(phone: HTMLElement): void
}

// What somebody who embeds the host can bring along. Without a guest the phone stands alone, and pays nobody.

/** Another mini-program that the guest plays itself. */
export interface Visit {
  /** what WeChat calls it when it asks before the jump */
  name: string
  /** true: it cannot be opened */
  fails: boolean
  /**
   * Shows it.
   * @returns when the user comes back: what App.onShow gets as `referrerInfo`, beside the appId
   */
  open(): Promise<{ extraData?: unknown }>
}

/** What the page can do that the host alone cannot: pay, sign, play other mini-programs. */
export interface Guest {
  /** Members of `wx` in the place of the host's own or beside them, such as requestPayment; `api` makes one. */
  members?: Record<string, unknown>
  /**
   * The mini-program asks to open another one.
   * @param target as wx.navigateToMiniProgram was given it
   * @returns undefined: not one that the guest plays, so the host shows a page with what was handed over
   */
  openMiniProgram?(target: { appId: string; path: string; extraData: unknown }): Visit | undefined
  /**
   * Puts the phone into the page. Absent: into the body.
   * @param phone the element that shows the mini-program
   */
  mount?(phone: HTMLElement): void
}

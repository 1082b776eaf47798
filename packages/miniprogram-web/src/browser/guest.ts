// The guest: code that a page with the host can add. Without a guest the phone fills the page and cannot pay.

/** Another mini-program that the guest imitates. */
export interface Visit {
  /** the mini-program's name in WeChat's question before the jump */
  name: string
  /** true: opening this mini-program fails */
  fails: boolean
  /**
   * Shows the mini-program.
   * @returns when the user comes back: the fields of `referrerInfo` for App.onShow, beside the appId
   */
  open(): Promise<{ extraData?: unknown }>
}

/** The abilities that a guest adds to the host: paying, signing, imitating other mini-programs. */
export interface Guest {
  /** Members of `wx` that replace or extend the host's own, such as requestPayment. `api` makes such a member. */
  members?: Record<string, unknown>
  /**
   * Called when the mini-program opens another one.
   * @param target the argument of wx.navigateToMiniProgram
   * @returns undefined if the guest does not imitate this mini-program: the host then shows a page with the argument
   */
  openMiniProgram?(target: { appId: string; path: string; extraData: unknown }): Visit | undefined
  /** Called before the first page opens; the mini-program starts when this is done. */
  ready?(): Promise<void>
  /**
   * Puts the phone into the page. Absent: into the body.
   * @param phone the element that shows the mini-program
   */
  mount?(phone: HTMLElement): void
}

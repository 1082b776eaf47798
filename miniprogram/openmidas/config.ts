// openMidasConfig: which host each environment speaks to, and where the parameters for signing come from. Without a
// change both are the public cloud.

/** Which of the hosts of `openMidasConfig` is asked. */
export type Environment = 'release' | 'test'

/** What `signContract` is given. More fields than Midas's two are handed on to a `signing` of your own, and to no host. */
export interface SignParams {
  /** the app at Midas */
  appId: string
  userId: string
  [more: string]: unknown
}

/** Where contracts are signed: what wx.navigateToMiniProgram wants, its extraData signed and complete. */
export interface SignTarget {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

/** Which host each environment speaks to, and where the parameters for signing come from. */
export interface OpenMidasConfig {
  /** an address without a slash at its end; private deployments have their own */
  hosts: Record<Environment, string>
  /**
   * Your own server's parameters for signing, instead of the host's; absent asks the host. It answers null when this
   * person has signed already (−101), and rejects when there are none (−1, with the error's message as resultMsg).
   */
  signing?: ((params: Readonly<SignParams>) => Promise<SignTarget | null>) | undefined
}

/** Set its fields at any time before `pay` and `signContract`; they are read at each call. */
export const openMidasConfig: OpenMidasConfig = {
  hosts: {
    release: 'https://api.openmidas.com',
    // Not in the official documents: seen in a third party's calls only.
    test: 'https://sandbox.api.openmidas.com',
  },
}

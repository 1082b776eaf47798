// openMidasConfig: the host of each environment and the source of signing parameters. By default both are Midas's
// public cloud.

/** The environment, which selects one of the hosts in `openMidasConfig`. */
export type Environment = 'release' | 'test'

/**
 * Parameters of `signContract`. Midas defines two fields; additional fields go only to your own `signing` function,
 * never to a host.
 */
export interface SignParams {
  /** Id of the app at Midas. */
  appId: string
  userId: string
  [more: string]: unknown
}

/** Where to sign a contract: the arguments for wx.navigateToMiniProgram, with signed and complete extraData. */
export interface SignTarget {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

/** Configuration of OpenMidas: the host of each environment, and the source of signing parameters. */
export interface OpenMidasConfig {
  /** Address of each environment's host, without a trailing slash. A private deployment sets its own. */
  hosts: Record<Environment, string>
  /**
   * Fetches signing parameters from your own server; when absent, the host is asked. Resolve with null when this person
   * has already signed (result code −101). Reject when there are no parameters (result code −1; the error's message
   * becomes resultMsg).
   */
  signing?: ((params: Readonly<SignParams>) => Promise<SignTarget | null>) | undefined
}

/** The fields can be set at any time before `pay` and `signContract`; each call reads them again. */
export const openMidasConfig: OpenMidasConfig = {
  hosts: {
    release: 'https://api.openmidas.com',
    // Not in the official documents; seen only in a third party's requests.
    test: 'https://sandbox.api.openmidas.com',
  },
}

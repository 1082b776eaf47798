// openMidasConfig: the host of each environment, and where signing parameters come from. The defaults are Midas's
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

/** The signing page to open, as the arguments of wx.navigateToMiniProgram. The extraData is complete and signed. */
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
   * Gets signing parameters from your own server. Without this function OpenMidas asks the host. Resolve with null if
   * this user has already signed (result code −101). Reject if there are no parameters (result code −1; the error's
   * message becomes resultMsg).
   */
  signing?: ((params: Readonly<SignParams>) => Promise<SignTarget | null>) | undefined
}

/** The fields can be set at any time before `pay` and `signContract`; each call reads them again. */
export const openMidasConfig: OpenMidasConfig = {
  hosts: {
    release: 'https://api.openmidas.com',
    // Midas's documents do not name this host. We found it in another developer's requests.
    test: 'https://sandbox.api.openmidas.com',
  },
}

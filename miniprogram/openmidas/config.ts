// openMidasConfig: which host each environment speaks to. Without a change it is the public cloud.

export type Environment = 'release' | 'test'

export interface OpenMidasConfig {
  /** an address without a slash at its end; private deployments have their own */
  hosts: Record<Environment, string>
}

/** Set `openMidasConfig.hosts` at any time before `pay`; it is read at each call. */
export const openMidasConfig: OpenMidasConfig = {
  hosts: {
    release: 'https://api.openmidas.com',
    // Not in the official documents: seen in a third party's calls only.
    test: 'https://sandbox.api.openmidas.com',
  },
}

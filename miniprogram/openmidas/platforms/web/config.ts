// openMidasConfig of a browser: a script before openMidas.js may set it, and each call reads it again.
import { openMidasConfig as common } from '../../config'
import type { OpenMidasConfig } from './api'

declare global {
  interface Window {
    openMidasConfig?: Partial<OpenMidasConfig> | undefined
  }
}

const given = window.openMidasConfig

export const openMidasConfig: OpenMidasConfig = {
  hosts: { ...common.hosts, ...given?.hosts },
  records: { release: '', test: '', ...given?.records },
}

// openMidasConfig in a browser. A script that runs before openMidas.js may set this object; OpenMidas reads it again at
// each call.
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

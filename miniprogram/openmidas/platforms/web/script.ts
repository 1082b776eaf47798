// OpenMidas for browsers as a script: npm run build makes openMidas.js of it, whose global is OpenMidas.
import { openMidasConfig } from './config'
import { createOpenMidas } from './openMidas'
import type { RunInDialog } from './pay'

declare global {
  interface Window {
    openMidasDialog?: RunInDialog
  }
  /** the file name of the dialog's script, by the build */
  const openMidasDialogFile: string
}

const tag = document.currentScript as HTMLScriptElement | null

const OpenMidas = createOpenMidas(
  () =>
    new Promise((resolve, reject) => {
      const ended = () => (window.openMidasDialog ? resolve(window.openMidasDialog) : reject())
      if (window.openMidasDialog) return ended()
      const script = document.createElement('script')
      // Beside this script, and as trusted as this one by a policy of nonces.
      script.src = new URL(openMidasDialogFile, tag?.src).href
      script.nonce = tag?.nonce ?? ''
      script.onload = script.onerror = ended
      document.head.append(script)
    }),
)

Object.assign(window, { OpenMidas, openMidasConfig })

// Entry file of openMidas.js, the browser script that `npm run build` makes. The script sets the global variable
// OpenMidas.
import { openMidasConfig } from './config'
import { createOpenMidas } from './openMidas'
import type { RunInDialog } from './pay'

declare global {
  interface Window {
    openMidasDialog?: RunInDialog
  }
  /** file name of the dialog's script; the build inserts the value */
  const openMidasDialogFile: string
}

const tag = document.currentScript as HTMLScriptElement | null

const OpenMidas = createOpenMidas(
  () =>
    new Promise((resolve, reject) => {
      const ended = () => (window.openMidasDialog ? resolve(window.openMidasDialog) : reject())
      if (window.openMidasDialog) return ended()
      const script = document.createElement('script')
      // Load the dialog's script from the folder of this script, with the same nonce, so that a content security policy
      // allows it.
      script.src = new URL(openMidasDialogFile, tag?.src).href
      script.nonce = tag?.nonce ?? ''
      script.onload = script.onerror = ended
      document.head.append(script)
    }),
)

Object.assign(window, { OpenMidas, openMidasConfig })

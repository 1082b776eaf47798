// The dialog as a script, loaded by openMidas.js when a payment needs it.
import { payInDialog } from './inDialog'

window.openMidasDialog = payInDialog

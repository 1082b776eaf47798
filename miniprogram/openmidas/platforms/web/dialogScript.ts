// Entry file of the payment dialog's script. openMidas.js loads this script when a payment needs the dialog.
import { payInDialog } from './inDialog'

window.openMidasDialog = payInDialog

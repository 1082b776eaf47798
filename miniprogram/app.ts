// Start of the mini-program: opens the cloud, sets up the privacy question, payments and contracts, and handles the
// return of a user from WeChat's signing page (App.onShow).
import { openCloud } from './services/cloud'
import { appShown, openContracts } from './services/contracts'
import { openPayments } from './services/payment'
import { openPrivacy } from './services/privacy'

App({
  onLaunch() {
    openCloud()
    openPrivacy()
    openPayments()
    openContracts()
  },
  onShow(shown) {
    appShown(shown)
  },
})

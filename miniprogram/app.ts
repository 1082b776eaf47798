// Entry file of the mini-program. On start, connects to the cloud and sets up the privacy sheet, payments and
// contracts. In App.onShow, handles a user who returns from WeChat's signing page.
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

// Start of the mini-program: opens the cloud, sets up payments and contracts, and passes on App.onShow, which tells
// when a user returns from WeChat's signing page.
import { openCloud } from './services/cloud'
import { appShown, openContracts } from './services/contracts'
import { openPayments } from './services/payment'

App({
  onLaunch() {
    openCloud()
    openPayments()
    openContracts()
  },
  onShow(shown) {
    appShown(shown)
  },
})

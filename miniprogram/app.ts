// The mini-program's start: opens the cloud, payments and contracts, and hears who comes back from signing.
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

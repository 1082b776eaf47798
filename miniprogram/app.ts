// The mini-program's start: opens the cloud and the payment SDK, nothing else.
import { openCloud } from './services/cloud'
import { openPayments } from './services/payment'

App({
  onLaunch() {
    openCloud()
    openPayments()
  },
})

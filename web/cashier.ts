// The cashier for people whom another system sends: `pay.html` and `mpay.html` of the Unified platform's document. One page
// serves both; the server says what works in this browser.
import { Cashier } from './cashier/page'

new Cashier().start()

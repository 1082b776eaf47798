// Entry file of the cashier, on which customers of a connected system pay: `pay.html` and `mpay.html` of the Unified
// platform's document. One page serves both; the server says which payment methods work in this browser.
import { Cashier } from './cashier/page'

new Cashier().start()

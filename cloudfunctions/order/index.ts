// The function for shoppers: they create, pay, read, list and cancel their own orders.
import { orderApi } from '../shared/api/orders'
import { serve, shopper } from '../shared/runtime/serve'
import { orderActions } from './actions'

export const main = serve(orderApi, shopper, orderActions)

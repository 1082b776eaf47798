// The function for shoppers: create, pay, read, list and cancel their own orders.
import { orderApi } from '../shared/api'
import { serve, shopper } from '../shared/runtime/serve'
import { cancelOrder } from '../shared/usecases/cancelOrder'
import { catalog } from '../shared/usecases/catalog'
import { createOrder } from '../shared/usecases/createOrder'
import { listChannels } from '../shared/usecases/listChannels'
import { listOwnOrders } from '../shared/usecases/listOwnOrders'
import { payOrder } from '../shared/usecases/payOrder'
import { readOwnOrder } from '../shared/usecases/readOwnOrder'

export const main = serve(orderApi, shopper, {
  catalog,
  channels: listChannels,
  create: createOrder,
  pay: payOrder,
  read: readOwnOrder,
  list: listOwnOrders,
  cancel: cancelOrder,
})

// The function for shoppers: create, pay, read, list and cancel their own orders.
import { orderApi } from '../shared/api/orders'
import { serve, shopper } from '../shared/runtime/serve'
import { catalog } from '../shared/usecases/orders/catalog'
import { createOrder } from '../shared/usecases/orders/createOrder'
import { listChannels } from '../shared/usecases/orders/listChannels'
import { cancelOrder, listOwnOrders, readOwnOrder } from '../shared/usecases/orders/ownOrders'
import { payOrder } from '../shared/usecases/orders/payOrder'

export const main = serve(orderApi, shopper, {
  catalog,
  channels: listChannels,
  create: createOrder,
  pay: payOrder,
  read: readOwnOrder,
  list: listOwnOrders,
  cancel: cancelOrder,
})

// Connects each action of the function `order` with its handler. This file does not import wx-server-sdk, so tests can
// import this file outside the cloud.
import type { OrderResults, orderApi } from '../shared/api/orders'
import type { Handlers } from '../shared/api/reply'
import { catalog } from '../shared/usecases/orders/catalog'
import { createOrder } from '../shared/usecases/orders/createOrder'
import { listChannels } from '../shared/usecases/orders/listChannels'
import { cancelOrder, listOwnOrders, readOwnOrder, receiveOrder } from '../shared/usecases/orders/ownOrders'
import { payOrder } from '../shared/usecases/orders/payOrder'
import type { ShopperContext } from '../shared/usecases/platform/context'

export const orderActions: Handlers<typeof orderApi, ShopperContext, OrderResults> = {
  catalog,
  channels: listChannels,
  create: createOrder,
  pay: payOrder,
  read: readOwnOrder,
  list: listOwnOrders,
  cancel: cancelOrder,
  received: receiveOrder,
}

// Entry file of the shop in a browser of the local cloud. Midas's host is the local fake server.
import { setOpenMidas } from '../../../web/openMidas'
import { guest as shop } from '../../../web/shop'

setOpenMidas('/sandbox/midas')

export const guest = shop

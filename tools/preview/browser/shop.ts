// The shop in a browser of the local cloud, whose fake server stands in for Midas's host.
import { setOpenMidas } from '../../../web/openMidas'
import { guest as shop } from '../../../web/shop'

setOpenMidas('/sandbox/midas')

export const guest = shop

// Entry file of the shop in a browser. It shows the mini-program's own pages and calls the cloud functions over HTTP.
import type { Guest } from '../packages/miniprogram-web/src/browser/guest'
import { setOpenMidas } from './openMidas'
import { createMembers } from './wx/members'

setOpenMidas()

export const guest: Guest = { members: createMembers() }

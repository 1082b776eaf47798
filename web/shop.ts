// Entry file of the shop in a browser. It shows the mini-program's own pages and calls the cloud functions over HTTP.
import type { Guest } from '../packages/miniprogram-web/src/browser/guest'
import { setOpenMidas } from './openMidas'
import { createMembers } from './wx/members'

setOpenMidas()

export const guest: Guest = {
  members: createMembers(),
  // A browser does not tell from where a page was opened. The shop sends people to one place from which they come back
  // to a new page: the one where WeChat signs contracts. So a signing that is under way is asked about at the start.
  cameFrom: { scene: 1038, referrerInfo: { appId: 'wxbd687630cd02ce1d' } },
}

// Entry file of the shop in a browser. It shows the mini-program's own pages and calls the cloud functions over HTTP.
import type { Guest } from '../packages/miniprogram-web/src/browser/guest'
import { setOpenMidas } from './openMidas'
import { createMembers } from './wx/members'

setOpenMidas()

export const guest: Guest = {
  members: createMembers(),
  // A browser does not tell the page from where the user came. The user may be coming back from WeChat's signing page,
  // because that is the only place from which people return to a new page of the shop. So at the start the page behaves
  // as after a return from there, and asks the server about an unfinished signing.
  cameFrom: { scene: 1038, referrerInfo: { appId: 'wxbd687630cd02ce1d' } },
}

// Entry file of the shop in a browser. It shows the mini-program's own pages and calls the cloud functions over HTTP.
import { backFromMiniProgram, journeyKey, signingAppId } from '../miniprogram/rules/signing'
import type { Guest } from '../packages/miniprogram-web/src/browser/guest'
import { setOpenMidas } from './openMidas'
import { createMembers } from './wx/members'

setOpenMidas()

export const guest: Guest = {
  members: createMembers(),
  // A browser does not tell from where a page was opened. WeChat's signing page replaces the shop in its tab, and later
  // leads back to a new page of the shop. So a tab that starts with a begun signing has come back from that page.
  tabStorage: [journeyKey],
  cameFrom: (stored) =>
    stored(journeyKey) === '' ? undefined : { scene: backFromMiniProgram, referrerInfo: { appId: signingAppId } },
}

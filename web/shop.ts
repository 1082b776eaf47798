// The shop in a browser: the mini-program's own pages, with calls over HTTP.
import type { Guest } from '../packages/miniprogram-web/src/browser/guest'
import { setOpenMidas } from './openMidas'
import { createMembers } from './wx/members'

setOpenMidas()

export const guest: Guest = { members: createMembers() }

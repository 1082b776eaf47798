// The shop and the back office in a browser: the mini-program's own pages, with calls over HTTP.
import type { Guest } from '../packages/miniprogram-web/src/browser/guest'
import { members } from './wx/members'

export const guest: Guest = { members }

// The function for the clock: every minute it works on what is due.
import { serveTimer } from '../shared/runtime/serve'
import { workDue } from '../shared/usecases/workDue'

export const main = serveTimer(workDue)

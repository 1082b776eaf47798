// The function for the clock: every minute it works on the orders and contracts that are due, side by side.
import { serveTimer } from '../shared/runtime/serve'
import { workDue } from '../shared/usecases/workDue'
import { workDueContracts } from '../shared/usecases/workDueContracts'

export const main = serveTimer(async (ctx, hasTime) => {
  const [orders, contracts] = await Promise.all([workDue(ctx, hasTime), workDueContracts(ctx, hasTime)])
  return { orders, contracts }
})

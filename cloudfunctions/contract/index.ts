// The function for subscribers: plans, and signing, reading, listing and ending their own contracts.
import { contractApi } from '../shared/api/contracts'
import { serve, shopper } from '../shared/runtime/serve'
import { listPlans } from '../shared/usecases/contracts/listPlans'
import { openContract } from '../shared/usecases/contracts/openContract'
import { endOwnContract, listOwnContracts, readOwnContract } from '../shared/usecases/contracts/ownContracts'

export const main = serve(contractApi, shopper, {
  plans: listPlans,
  open: openContract,
  read: readOwnContract,
  list: listOwnContracts,
  end: endOwnContract,
})

// Connects each action of the function `contract` with its handler. This file does not import wx-server-sdk, so tests
// can import this file outside the cloud.
import type { ContractResults, contractApi } from '../shared/api/contracts'
import type { Handlers } from '../shared/api/reply'
import { listPlans } from '../shared/usecases/contracts/listPlans'
import { openContract } from '../shared/usecases/contracts/openContract'
import { endOwnContract, listOwnContracts, readOwnContract } from '../shared/usecases/contracts/ownContracts'
import type { ShopperContext } from '../shared/usecases/platform/context'

export const contractActions: Handlers<typeof contractApi, ShopperContext, ContractResults> = {
  plans: listPlans,
  open: openContract,
  read: readOwnContract,
  list: listOwnContracts,
  end: endOwnContract,
}

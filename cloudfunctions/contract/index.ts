// The function for subscribers: they see the plans, and sign, read, list and end their own contracts.
import { contractApi } from '../shared/api/contracts'
import { serve, shopper } from '../shared/runtime/serve'
import { contractActions } from './actions'

export const main = serve(contractApi, shopper, contractActions)

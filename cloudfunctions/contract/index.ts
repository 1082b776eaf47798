// The function for subscribers: plans, and signing, reading, listing and ending their own contracts.
import { contractApi } from '../shared/api/contracts'
import { serve, shopper } from '../shared/runtime/serve'
import { contractActions } from './actions'

export const main = serve(contractApi, shopper, contractActions)

// The function for staff. Each action that changes something leaves an entry in `audit`; actions that only read leave
// none.
import { adminSchemas } from '../shared/api/admin'
import { serve, staff } from '../shared/runtime/serve'
import { adminActions } from './actions'

export const main = serve(adminSchemas, staff, adminActions)

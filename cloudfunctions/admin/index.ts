// The function for staff. Each action that changes something leaves an entry in `audit`; actions that only read leave
// none.
import { adminSchemas } from '../shared/api/admin'
import { serve } from '../shared/runtime/serve'
import { staff } from '../shared/runtime/serveStaff'
import { adminActions } from './actions'

export const main = serve(adminSchemas, staff, adminActions)

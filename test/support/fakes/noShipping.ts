// WeChat's shipping service for tests in which nothing is shipped.
import type { ShippingDoor } from '../../../cloudfunctions/shared/usecases/platform/context'

export const noShipping: ShippingDoor = {
  upload: async () => ({ outcome: 'later', code: null }),
  look: async () => ({ outcome: 'later', code: null }),
}

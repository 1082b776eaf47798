// WeChat's service for reports of shipping where a test has none to report.
import type { ShippingDoor } from '../../cloudfunctions/shared/usecases/platform/context'

export const noShipping: ShippingDoor = {
  upload: async () => ({ outcome: 'later', code: null }),
  look: async () => ({ outcome: 'later', code: null }),
}

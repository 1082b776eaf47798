// An empty settings service, for tests that use no settings.
import type { SettingsDesk } from '../../../cloudfunctions/shared/usecases/platform/context'

export const emptyDesk: SettingsDesk = {
  list: async () => [],
  standing: () => [],
  save: () => Promise.reject(new Error('no settings here')),
  test: () => Promise.reject(new Error('no settings here')),
}

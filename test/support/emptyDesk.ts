// The desk of settings for tests in which nobody looks at settings.
import type { SettingsDesk } from '../../cloudfunctions/shared/usecases/platform/context'

export const emptyDesk: SettingsDesk = {
  list: async () => [],
  save: () => Promise.reject(new Error('no settings here')),
  test: () => Promise.reject(new Error('no settings here')),
}

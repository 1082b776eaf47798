// An empty settings service, for tests that use no settings.
import type { SettingsEditor } from '../../../cloudfunctions/shared/usecases/platform/context'

export const emptySettingsEditor: SettingsEditor = {
  list: async () => [],
  standing: () => [],
  save: () => Promise.reject(new Error('no settings here')),
  test: () => Promise.reject(new Error('no settings here')),
}

// wx.getStorage, wx.setStorage and similar functions: the values that a mini-program stores on the phone, separately for
// each person.
import { storageOf } from '../storage'
import { api, string, WxFailure } from './api'

/**
 * The members of wx for storage.
 * @param openid whose phone it is
 * @param ofTab keys whose values belong to this tab only
 */
export function storageMembers(openid: string, ofTab?: readonly string[]): Record<string, unknown> {
  const storage = storageOf(openid, ofTab)
  return {
    getStorageSync: storage.read,
    setStorageSync: storage.write,
    removeStorageSync: storage.remove,
    clearStorageSync: storage.clear,
    getStorageInfoSync: () => ({ keys: storage.keys(), currentSize: 1, limitSize: 10_240 }),
    getStorage: api('getStorage', (options) => {
      if (!storage.has(string(options.key))) throw new WxFailure('data not found')
      return { data: storage.read(string(options.key)) }
    }),
    setStorage: api('setStorage', (options) => storage.write(string(options.key), options.data)),
    removeStorage: api('removeStorage', (options) => storage.remove(string(options.key))),
    clearStorage: api('clearStorage', storage.clear),
  }
}

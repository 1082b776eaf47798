// Lets a command read and write the cloud's database through wx-server-sdk, as functions do: the local cloud's database
// or a real one.
import type { Database } from '../cloudfunctions/shared/store/database'

/**
 * Where the database is: in an emulator at an address, or in a real environment whose keys are in environment
 * variables.
 */
export type CloudPlace = { adminUrl: string } | { envId: string }

/**
 * Connects through the real wx-server-sdk. For a real environment TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY
 * must be set. The SDK reads process.env when it is loaded, so one process can be connected to one place only.
 */
export async function connectDatabase(place: CloudPlace): Promise<Database> {
  const local = 'adminUrl' in place
  Object.assign(
    process.env,
    local
      ? {
          TCB_CONTEXT_CNFG: JSON.stringify({ URL: place.adminUrl }),
          TENCENTCLOUD_SECRETID: 'local',
          TENCENTCLOUD_SECRETKEY: 'local',
          TENCENTCLOUD_RUNENV: 'SCF',
          TENCENTCLOUD_REGION: 'ap-shanghai',
          SCF_NAMESPACE: 'local',
        }
      : {
          TENCENTCLOUD_RUNENV: 'SCF',
          TENCENTCLOUD_REGION: process.env.TENCENTCLOUD_REGION ?? 'ap-shanghai',
          SCF_NAMESPACE: place.envId,
        },
  )
  const { createDatabase } = await import('../cloudfunctions/shared/runtime/cloud')
  const db = createDatabase()
  return {
    ...db,
    get: (collection, id) => patiently(() => db.get(collection, id)),
    find: (collection, find) => patiently(() => db.find(collection, find)),
  }
}

const tries = 3
const pauseMs = 300

// A connection may break on a busy machine. Repeating a read is harmless, because it changes nothing.
async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (let again = 1; ; again++) {
    try {
      return await read()
    } catch (error) {
      if (again >= tries) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs * again))
    }
  }
}

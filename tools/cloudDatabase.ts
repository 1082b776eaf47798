// Lets a tool read and write the cloud's database as the functions do: through wx-server-sdk, locally or for real.
import type { Database } from '../cloudfunctions/shared/store/database'

/** The place of the database: an emulator's address, or a real environment, with its keys in environment variables. */
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

// On a busy machine a connection may break. A read is then repeated, because that changes nothing.
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

// Opens the place where encrypted settings are stored: a local cloud's folder, whether the cloud runs or not, or a real
// environment.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Database } from '../cloudfunctions/shared/store/database'
import { readSettingsKeys, type SettingsKeys } from '../cloudfunctions/shared/store/settings'
import { CannotStart, startEmulator } from '../packages/cloudbase-emulator/src'
import { buildFunctions } from './build'
import { cashierKey } from './cashierKey'
import { connectDatabase } from './cloudDatabase'
import { runningAt } from './events/runningCloud'

export interface Place {
  db: Database
  keys: SettingsKeys
  now(): number
  /** true: a real environment, where real money moves */
  isReal: boolean
  close(): Promise<void>
}

/** Opens the settings of a local cloud. @throws CannotStart if the folder contains none */
export async function localPlace(data: string): Promise<Place> {
  const dataDir = resolve(data)
  if (!existsSync(dataDir))
    throw new CannotStart(`There is no local cloud in ${data}: run npm start once, or name its folder with --data DIR.`)
  const keys = readSettingsKeys([cashierKey(dataDir), process.env.CASHIER_KEY_OLD])
  const running = runningAt(dataDir)
  if (running) {
    // Use the local cloud's clock, because the developer may have moved it.
    const { offsetMs } = (await (await fetch(`${running.url}/local/clock`)).json()) as { offsetMs: number }
    const db = await connectDatabase({ adminUrl: running.adminUrl })
    return { db, keys, isReal: false, now: () => Date.now() + offsetMs, close: async () => {} }
  }
  await buildFunctions()
  const emulator = await startEmulator({
    dataDir,
    functionsDir: resolve(__dirname, '../dist/cloudfunctions'),
    environment: {},
    ticking: false,
  })
  const db = await connectDatabase({ adminUrl: emulator.adminUrl })
  return { db, keys, isReal: false, now: () => emulator.clock.now(), close: () => emulator.close() }
}

/** Opens the settings of a real environment. @throws CannotStart if an environment variable is missing */
export async function realPlace(envId: string): Promise<Place> {
  for (const name of ['TENCENTCLOUD_SECRETID', 'TENCENTCLOUD_SECRETKEY', 'CASHIER_KEY'])
    if (!process.env[name]) throw new CannotStart(`${name} must be set for a real environment.`)
  return {
    db: await connectDatabase({ envId }),
    keys: readSettingsKeys([process.env.CASHIER_KEY, process.env.CASHIER_KEY_OLD]),
    isReal: true,
    now: Date.now,
    close: async () => {},
  }
}

// Finds the key that encrypts the settings: from the environment variable CASHIER_KEY, or on a developer's machine from
// a file in the data folder.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CannotStart } from '../packages/cloudbase-emulator/src'

/** Returns the key as text. Makes a new key if neither the environment nor the folder has one. */
export function cashierKey(dataDir: string): string {
  const given = process.env.CASHIER_KEY
  if (given !== undefined && given !== '') return given
  const file = join(dataDir, 'cashier.key')
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  const key = readFileSync(file, 'utf8').trim()
  if (Buffer.from(key, 'base64').length !== 32)
    throw new CannotStart(
      `${file} is damaged: put back the key that was in it, or start afresh in another folder (--data DIR).`,
    )
  return key
}

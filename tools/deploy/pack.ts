// Packs a built function as CloudBase takes it: a zip file, and a hash that depends on the packed files only.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { zipSync } from 'fflate'
import { Stopped } from './cloud'

export interface Pack {
  zip: Buffer
  /** hash of the files, 12 hex digits; the same files give the same hash */
  code: string
}

// CloudBase takes larger code only through a storage bucket (the SDK's API_MAX_SIZE).
const mostBytes = 1.5 * 1024 * 1024

export const shortHash = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 12)

/** Packs a function. @throws Stopped when the zip file is too large */
export function packFunction(directory: string, name: string): Pack {
  const folder = join(directory, name)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
    .map((path) => [path, readFileSync(join(folder, path))] as const)
  const hash = createHash('sha256')
  for (const [path, bytes] of files) hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  const zip = Buffer.from(zipSync(Object.fromEntries(files), { level: 9, mtime: '2020-01-01' }))
  if (zip.length > mostBytes)
    throw new Stopped(
      `${name} has ${(zip.length / 1024 / 1024).toFixed(2)} MB as a zip. CloudBase takes 1.5 MB at most.`,
    )
  return { zip, code: hash.digest('hex').slice(0, 12) }
}

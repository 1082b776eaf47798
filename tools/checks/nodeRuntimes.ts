// The exact Node versions with which CloudBase runs functions. npm installs their Linux binaries as optional packages,
// so that the built functions run here on the same version.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')

/**
 * For each runtime version, the npm package that contains its binary. CloudBase calls the first version Nodejs18.15.
 */
const packages: Readonly<Record<string, string>> = {
  '18.15': 'node-18',
  '20.19': 'node-20',
  '22.21': 'node-22',
  '24.11': 'node-24',
}

export const runtimes: readonly string[] = Object.keys(packages)

/**
 * The Node binary of a runtime.
 * @param runtime one of `runtimes`
 * @returns undefined for an unknown runtime, and if npm has no binary for this machine (it has them for Linux on x64
 * only)
 */
export function nodeOf(runtime: string): string | undefined {
  if (!Object.hasOwn(packages, runtime)) return undefined
  const path = join(root, 'node_modules', packages[runtime] as string, 'bin/node')
  return existsSync(path) ? path : undefined
}

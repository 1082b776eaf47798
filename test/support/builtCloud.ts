// Where the local cloud of tests stands (buildForTests.ts), and the arguments of Node that start it.
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')

export const localCloudFile = join(root, 'dist/test/localCloud.cjs')
export const keysFile = join(root, 'dist/test/keys.json')
export const localCloudArgs = ['--require', join(__dirname, 'knownKeys.cjs'), localCloudFile, '--still']

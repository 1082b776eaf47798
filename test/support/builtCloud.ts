// The folder in which buildForTests.ts stores the built files that tests start, and the arguments of Node that start
// the local cloud.
import { join, resolve } from 'node:path'

/**
 * The folder with the built local cloud, its keys, and the folders `preview` and `web` with the pages that it serves.
 */
export const builtFolder = resolve(__dirname, '../../dist/test')
export const localCloudFile = join(builtFolder, 'localCloud.cjs')
export const keysFile = join(builtFolder, 'keys.json')
/** the compiled templates of the mini-program, for page tests on the web host */
export const pageTemplatesFile = join(builtFolder, 'pageTemplates.cjs')
export const localCloudArgs = ['--require', join(__dirname, 'jest/knownKeys.cjs'), localCloudFile, '--still']

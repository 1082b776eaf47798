// Bundles the simulator and the real code into one file for plain Node. A mutant can change the real code on the way.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as esbuild from 'esbuild'
import { nodeOf } from '../../tools/checks/nodeRuntimes'
import { type Mutant, mutated } from './mutants/mutant'

const root = resolve(__dirname, '../..')
const shared = `${resolve(root, 'cloudfunctions/shared')}/`

/**
 * The Node binary that runs the simulator. A life takes a fifth less time with Node 24 than with Node 20, and its
 * history is the same. npm has this binary for Linux only.
 */
export const simulatorNode = nodeOf('24.11') ?? process.execPath

/**
 * Node's options for a fast run. Most objects of a life become garbage at once. A larger young generation would not fit
 * into a core's cache, and with one process per core, garbage collector threads would have no core of their own.
 */
export const nodeFlags = ['--max-semi-space-size=8', '--single-threaded-gc']

/** @throws if the mutant's text does not occur exactly once in the code */
export async function bundleSimulator(outfile: string, mutant?: Mutant): Promise<void> {
  let isUsed = mutant === undefined
  const change: esbuild.Plugin = {
    name: 'mutant',
    setup(build) {
      build.onLoad({ filter: /cloudfunctions.shared.*\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        if (mutant?.file !== path.slice(shared.length)) return { contents: source, loader: 'ts' }
        isUsed = true
        return { contents: mutated(mutant, source), loader: 'ts' }
      })
    },
  }
  await esbuild.build({
    entryPoints: [resolve(root, 'test/simulation/main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node18',
    outfile,
    logLevel: 'silent',
    // Use mingo's ES modules, whose functions call each other directly. In its CommonJS version each call goes through
    // a getter.
    alias: { mingo: resolve(root, 'node_modules/mingo/esm/index.js') },
    plugins: [change],
  })
  if (!isUsed) throw new Error(`mutant "${mutant?.name}": ${mutant?.file} is not part of the simulator`)
}

// Bundles the simulator with the real code into one file for plain Node, and lets a mutant change that code on its way.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as esbuild from 'esbuild'
import { type Mutant, mutated } from './mutant'

const root = resolve(__dirname, '../..')
const shared = `${resolve(root, 'cloudfunctions/shared')}/`

/**
 * Most of what a life allocates is garbage a moment later. A larger young generation no longer fits into the cache of a
 * core, and with one process a core the threads that would collect it have no core of their own.
 */
export const nodeFlags = ['--max-semi-space-size=8', '--single-threaded-gc']

/** @throws when the mutant's text no longer stands in the code, exactly once */
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
    // The functions of its modules call each other directly; those of its CommonJS copy go through a getter each time.
    alias: { mingo: resolve(root, 'node_modules/mingo/esm/index.js') },
    plugins: [change],
  })
  if (!isUsed) throw new Error(`mutant "${mutant?.name}": ${mutant?.file} is not part of the simulator`)
}

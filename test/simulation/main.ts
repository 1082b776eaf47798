// Runs inside one process of the simulator: many lives, or one life with its story. tools/simulate.ts starts it.

import { closeTheLeaks, leaked } from './invariants/leaks'
import { isKind } from './lives/kinds'
import { runLives } from './runner'
import { sealFirstSettings } from './settings'
import { live, shrink } from './shrink'
import { tellStory } from './story'

const args = new Map(process.argv.slice(2).map((text) => text.split('=') as [string, string]))
const numberOf = (name: string, otherwise: number): number => Number(args.get(name) ?? otherwise)

async function main(): Promise<void> {
  await sealFirstSettings(['alpha', 'beta', 'papay'])
  closeTheLeaks()
  const named = args.get('kind') ?? ''
  const kind = isKind(named) ? named : undefined
  const seed = args.get('seed')
  if (seed !== undefined) {
    const { cut, lives } =
      args.get('whole') === '1' ? { cut: new Set<string>(), lives: 0 } : await shrink(Number(seed), kind)
    const life = await live(Number(seed), kind, cut, true)
    console.log(tellStory({ life, command: args.get('command') ?? `npm run simulate -- --seed ${seed}` }))
    if (lives > 1) console.log(`(made small in ${lives} lives)`)
    process.exitCode = life.world.violation ? 1 : 0
    return
  }
  const options = {
    from: numberOf('from', 1),
    lives: numberOf('lives', 1_000),
    stride: numberOf('stride', 1),
    kind,
    mostSeconds: numberOf('seconds', Number.POSITIVE_INFINITY),
    stopsAtFirst: args.get('stop') === '1',
    known: new Set((args.get('known') ?? '').split(',').map(Number)),
  }
  // Switch stack traces off, because they are slow and a run of many lives does not print them. A run of a single seed
  // prints the trace.
  Error.stackTraceLimit = 0
  const result = await runLives(options, ({ lives, found }, megabytes) =>
    console.error(
      `${lives} lives up to seed ${options.from + (lives - 1) * options.stride}, ${found.length} violations${found.length > 0 ? ` (seeds ${found.slice(0, 5).map(({ seed }) => seed)})` : ''}, ${megabytes} MB`,
    ),
  )
  if (leaked.size > 0) throw new Error(`used outside of the context: ${[...leaked].join(', ')}`)
  console.log(JSON.stringify(result))
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 2
})

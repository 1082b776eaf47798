// One deployment, in the order in which things need each other: what code needs stands before the code.
import type {
  CollectionDeclaration,
  FunctionDeclaration,
} from '../../packages/cloudbase-emulator/src/functions/declarations'
import { type Connection, connect } from './cloud'
import { deployDatabase, readCollections } from './database'
import { deployFunctions, planFunctions } from './functions'
import type { Run } from './run'

export interface Deployment extends Connection {
  /** the built functions, one folder each */
  functionsDir: string
  functions: Record<string, FunctionDeclaration>
  collections: Record<string, CollectionDeclaration>
  /** the key of a shop that moves here; otherwise the functions keep theirs, or a new one is made */
  cashierKey?: string | undefined
  say(line: string): void
  ask(question: string): Promise<boolean>
}

export interface Outcome {
  changes: number
  /** what is not as declared, in sentences */
  left: string[]
}

/** @throws Stopped with a sentence; what was done stays, and the next run goes on from there */
export async function deploy(deployment: Deployment): Promise<Outcome> {
  const { dryRun, say, ask } = deployment
  const cloud = await connect(deployment)
  const outcome: Outcome = { changes: 0, left: [] }
  const run: Run = {
    cloud,
    dryRun,
    say,
    ask,
    change: async (what, make) => {
      say(dryRun ? `would ${what}` : what)
      if (!dryRun) await make()
      outcome.changes++
    },
    leave: (what) => {
      say(what)
      outcome.left.push(what)
    },
  }
  const found = await readCollections(cloud)
  const plan = await planFunctions(cloud, deployment.functionsDir, deployment.functions, {
    givenKey: deployment.cashierKey,
    sealedSettings: found.get('settings') ?? 0,
  })
  await deployDatabase(run, deployment.collections, found)
  await deployFunctions(run, plan)
  return outcome
}

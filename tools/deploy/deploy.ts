// One deployment, in the order in which things need each other: what code needs stands before the code.
import type {
  CollectionDeclaration,
  FunctionDeclaration,
} from '../../packages/cloudbase-emulator/src/functions/declarations'
import { type CloudPlace, connectDatabase } from '../cloudDatabase'
import { tasksByHand } from './byHand'
import { type Connection, connect, Stopped } from './cloud'
import { deployDatabase, readCollections } from './database'
import { deployFunctionRules, deployRoutes, deployTrigger, website } from './doors'
import { deployFunctions, planFunctions } from './functions'
import { deployHosting } from './hosting'
import { migrations } from './migrations/migrations'
import { migrate, missingMigrations, sweep } from './migrations/run'
import { probe } from './probe'
import { rollback } from './rollback'
import type { Run } from './run'
import { deployStorage } from './storage'

export interface Deployment extends Connection {
  /** the built functions, one folder each */
  functionsDir: string
  functions: Record<string, FunctionDeclaration>
  collections: Record<string, CollectionDeclaration>
  /** the built website, if there is one */
  webDir?: string | undefined
  /** who may call which function (functionRules.json) */
  functionRules: Record<string, { invoke: unknown }>
  /** codes of the providers whose notices come */
  providers: readonly string[]
  /** puts the previous code back instead */
  rollback: boolean
  /** the output is kept where others can read it, as that of a CI job */
  isPublic: boolean
  /** the key of a shop that moves here; otherwise the functions keep theirs, or a new one is made */
  cashierKey?: string | undefined
  /** where the documents are, if any must be migrated */
  database: CloudPlace
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
  const names = Object.keys(deployment.functions)
  if (deployment.rollback) {
    await rollback(run, names, deployment.proxy)
    if (!dryRun) await probe(run, names)
    return outcome
  }
  const found = await readCollections(cloud)
  const plan = await planFunctions(cloud, deployment.functionsDir, deployment.functions, {
    givenKey: deployment.cashierKey,
    sealedSettings: found.get('settings') ?? 0,
  })
  if (plan.isNewKey && deployment.isPublic && !dryRun)
    throw new Stopped(
      'The first deployment makes the key of the settings and shows it, and the log of this job would keep it. Make the first deployment on your own machine.',
    )
  await deployDatabase(run, deployment.collections, found)
  await deployFunctionRules(run, deployment.functionRules)
  // The documents before the code: the old functions work on the new schema, the new ones not on the old one.
  const ran = await deployDocuments(run, found, deployment.database)
  await deployFunctions(run, plan)
  await ran?.sweep()
  for (const [name, { timer }] of Object.entries(deployment.functions))
    if (timer !== undefined) await deployTrigger(run, name, timer)
  const { webDir } = deployment
  // The files are deployed before the routes, so that the route of the website never leads to missing files.
  if (webDir !== undefined) await deployHosting(run, webDir, website)
  const address = await deployRoutes(run, deployment.functions, webDir !== undefined)
  if (webDir !== undefined && address !== undefined) say(`the website: ${address}/${website}/`)
  await deployStorage(run)
  if (!dryRun) await probe(run, names)
  say(tasksByHand(address, deployment.envId, deployment.providers))
  return outcome
}

/** Migrates the documents. @returns what to do once the new code stands; undefined: nothing */
async function deployDocuments(
  { dryRun, change, say }: Run,
  found: ReadonlyMap<string, number>,
  place: CloudPlace,
): Promise<{ sweep(): Promise<void> } | undefined> {
  // Where nothing was sold yet, the functions record the newest schema by themselves.
  if (!['orders', 'contracts'].some((name) => (found.get(name) ?? 0) > 0)) return undefined
  const db = await connectDatabase(place)
  const missing = dryRun && !found.has('schema') ? migrations : await missingMigrations(db)
  if (missing.length === 0) return undefined
  const names = missing.map(({ to, what }) => `schema ${to}: ${what}`).join('; ')
  await change(`migrate the documents to ${names}`, async () => {
    await migrate(db, { say })
  })
  if (dryRun) return undefined
  return {
    async sweep() {
      const count = await sweep(db, missing, say)
      if (count > 0) say(`migrated ${count} documents that the old functions wrote meanwhile`)
    },
  }
}

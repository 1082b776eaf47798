// Runs one deployment. Its steps have a fixed order: everything that the new code needs is deployed before the code.
import {
  type CollectionDeclaration,
  type FunctionDeclaration,
  prefixesOf,
} from '../../packages/cloudbase-emulator/src/functions/declarations'
import { type CloudPlace, connectDatabase } from '../cloudDatabase'
import { deployFunctionRules, deployRoutes, deployTrigger, website } from './access'
import { tasksByHand } from './byHand'
import { type Connection, connect, Stopped } from './cloud'
import { deployDatabase, readCollections } from './database'
import { deployFunctions, planFunctions } from './functions'
import { deployHosting } from './hosting'
import { probeHttp } from './httpAccess'
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
  /** which functions clients may call (functionRules.json) */
  functionRules: Record<string, { invoke: unknown }>
  /** codes of the providers that send webhooks */
  providers: readonly string[]
  /** true: goes back to the previous code */
  rollback: boolean
  /** true: other people can read the output, as in a CI job */
  isPublic: boolean
  /**
   * the key of the settings, if the shop moves to this environment from another one. Without it the functions keep
   * their key, or get a new key
   */
  cashierKey?: string | undefined
  /** the database whose documents the deployment migrates if they need a migration */
  database: CloudPlace
  say(line: string): void
  ask(question: string): Promise<boolean>
}

export interface Outcome {
  changes: number
  /** differences from the declared state that remain, as sentences */
  left: string[]
}

/**
 * Runs the deployment. Finished steps stay after an error, and the next run continues at the step that failed.
 * @throws Stopped with a sentence
 */
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
  // Migrate the documents before deploying the code, because the old code works with the new schema, but the new code
  // does not work with the old schema.
  const ran = await deployDocuments(run, found, deployment.database)
  await deployFunctions(run, plan)
  await ran?.sweep()
  for (const [name, { timer }] of Object.entries(deployment.functions))
    if (timer !== undefined) await deployTrigger(run, name, timer)
  const { webDir } = deployment
  // Deploy the website's files before its route, so that the route never leads to missing files.
  if (webDir !== undefined) await deployHosting(run, webDir, website)
  const address = await deployRoutes(run, deployment.functions, webDir !== undefined)
  if (webDir !== undefined && address !== undefined) say(`the website: ${address}/${website}/`)
  await deployStorage(run)
  if (!dryRun) await probe(run, names)
  const { notify } = deployment.functions
  const [route] = notify ? prefixesOf(notify) : []
  if (!dryRun && address !== undefined && route !== undefined)
    await probeHttp(run, `${address}${route}`, deployment.proxy)
  say(tasksByHand(address, deployment.envId, deployment.providers))
  return outcome
}

/** Migrates the stored documents. @returns work to do after the new code is deployed; undefined if there is none */
async function deployDocuments(
  { dryRun, change, say }: Run,
  found: ReadonlyMap<string, number>,
  place: CloudPlace,
): Promise<{ sweep(): Promise<void> } | undefined> {
  // A shop that has sold nothing yet needs no migration, because the functions store the newest schema by themselves.
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

// Creates the collections, indexes and permissions that database.json declares. Leaves everything else in the database
// as it is.
import type {
  CollectionDeclaration,
  IndexDeclaration,
} from '../../packages/cloudbase-emulator/src/functions/declarations'
import type { Cloud } from './cloud'
import type { Run } from './run'

interface Index {
  Name: string
  Keys: { Name: string; Direction: string }[]
  Unique: boolean
}

const pageSize = 100

/** Counts the documents of each collection. */
export async function readCollections(cloud: Cloud): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let offset = 0; ; offset += pageSize) {
    const { Tables } = await cloud.read<{ Tables?: { TableName: string; Count?: number }[] | null }>(
      'tcb',
      'ListTables',
      { ...place(cloud), MgoLimit: pageSize, MgoOffset: offset },
    )
    for (const { TableName, Count } of Tables ?? []) found.set(TableName, Count ?? 0)
    if ((Tables ?? []).length < pageSize) return found
  }
}

// The parameters that name a database. The SDK's DatabaseService uses the same names for them.
const place = ({ envId, database }: Cloud) => ({
  EnvId: envId,
  MongoConnector: { DatabaseName: database, InstanceId: 'flexdb' },
})

export async function deployDatabase(
  run: Run,
  declared: Record<string, CollectionDeclaration>,
  found: ReadonlyMap<string, number>,
): Promise<void> {
  const names = Object.keys(declared)
  for (const name of names)
    if (!found.has(name))
      await run.change(`create collection ${name}`, () =>
        run.cloud.write('tcb', 'CreateTable', { ...place(run.cloud), TableName: name }),
      )
  for (const [name, { indexes }] of Object.entries(declared)) await deployIndexes(run, name, indexes, found.has(name))
  for (const [name, { acl }] of Object.entries(declared)) await deployPermission(run, name, acl, found.has(name))
  const others = [...found.keys()].filter((name) => !names.includes(name))
  if (others.length > 0) run.say(`left alone, not declared here: collections ${others.join(', ')}`)
}

async function deployIndexes(run: Run, name: string, declared: IndexDeclaration[], exists: boolean): Promise<void> {
  const { cloud } = run
  // In a dry run the collection does not exist yet, so it has no indexes to read.
  const found = exists || !run.dryRun ? await readIndexes(cloud, name) : []
  const missing = declared.filter((index) => !found.some((one) => isSame(index, one) || one.Name === index.name))
  for (const index of declared) {
    const namesake = found.find((one) => one.Name === index.name)
    if (namesake && !isSame(index, namesake) && !found.some((one) => isSame(index, one)))
      await rebuild(run, name, index, namesake)
  }
  if (missing.length === 0) return
  const list = missing.map((index) => `${index.name} (${index.fields.join(', ')})`).join('; ')
  await run.change(`create ${missing.length === 1 ? 'index' : 'indexes'} of ${name}: ${list}`, () =>
    updateTable(cloud, name, { CreateIndexes: missing.map(creation) }),
  )
}

async function readIndexes(cloud: Cloud, name: string): Promise<Index[]> {
  const { Indexes } = await cloud.read<{ Indexes?: Index[] | null }>('tcb', 'DescribeTable', {
    ...place(cloud),
    TableName: name,
  })
  return Indexes ?? []
}

const keysOf = ({ fields }: IndexDeclaration) =>
  fields.map((field) =>
    field.startsWith('-') ? { Name: field.slice(1), Direction: '-1' } : { Name: field, Direction: '1' },
  )

// Whether an existing index has the same keys as a declared one, whatever its name. MongoDB refuses a second index over
// the same keys.
function isSame(declared: IndexDeclaration, found: Index): boolean {
  const keys = keysOf(declared)
  return (
    Boolean(found.Unique) === (declared.unique ?? false) &&
    found.Keys.length === keys.length &&
    keys.every(({ Name, Direction }, at) => found.Keys[at]?.Name === Name && found.Keys[at]?.Direction === Direction)
  )
}

const creation = (index: IndexDeclaration) => ({
  IndexName: index.name,
  MgoKeySchema: { MgoIndexKeys: keysOf(index), MgoIsUnique: index.unique ?? false },
})

const updateTable = (cloud: Cloud, name: string, change: Record<string, unknown>) =>
  cloud.write('tcb', 'UpdateTable', { ...place(cloud), TableName: name, ...change })

// Rebuilds an index whose keys have changed. Queries are slow until the new index is built, so a person must agree.
async function rebuild(run: Run, name: string, index: IndexDeclaration, found: Index): Promise<void> {
  const is = found.Keys.map((key) => (key.Direction === '-1' ? `-${key.Name}` : key.Name)).join(', ')
  const what = `rebuild index ${index.name} of ${name}: (${is})${found.Unique ? ' unique' : ''} becomes (${index.fields.join(', ')})${index.unique ? ' unique' : ''}`
  if (!run.dryRun && !(await run.ask(`${what}. Queries are slow until it is built. Rebuild it now?`)))
    return run.leave(`not done: ${what}. Run the command again in a terminal, at a quiet hour, and answer yes.`)
  await run.change(what, async () => {
    await updateTable(run.cloud, name, { DropIndexes: [{ IndexName: index.name }] })
    await updateTable(run.cloud, name, { CreateIndexes: [creation(index)] })
  })
}

async function deployPermission(run: Run, name: string, acl: string, exists: boolean): Promise<void> {
  const { cloud } = run
  const { AclTag } =
    exists || !run.dryRun
      ? await cloud.read<{ AclTag?: string }>('tcb', 'DescribeDatabaseACL', {
          EnvId: cloud.envId,
          CollectionName: name,
        })
      : {}
  if (AclTag === acl) return
  await run.change(`set the permission of ${name}: ${AclTag ?? 'default'} becomes ${acl}`, () =>
    cloud.write('tcb', 'ModifyDatabaseACL', { EnvId: cloud.envId, CollectionName: name, AclTag: acl }),
  )
}

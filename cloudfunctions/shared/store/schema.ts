// The version of the schema in which documents are stored. Newer code refuses to work on documents of an older schema
// until `npm run deploy` has migrated them (tools/deploy/migrations/).
import { AppError } from '../domain/errors'
import type { Database, Document } from './database'

/** The schema that this code reads and writes. Each migration raises the number by one. */
export const schemaVersion = 2

/** The schema of environments without a schema document, because the first release did not store one. */
const firstSchema = 1

export interface SchemaDocument extends Document {
  schema: number
  /** the progress of an interrupted migration; null: no migration is under way */
  progress: { to: number; collection: string; after: string } | null
}

const collection = 'schema'
const schemaId = 'schema'

export const readSchema = (db: Database): Promise<SchemaDocument | undefined> =>
  db.get<SchemaDocument>(collection, schemaId)

/**
 * Which schema an environment has. An environment without orders and contracts needs no migration, so it gets the
 * newest schema.
 */
export async function schemaOf(db: Database): Promise<number> {
  const found = await readSchema(db)
  if (found) return found.schema
  const used = await Promise.all(
    ['orders', 'contracts'].map((name) => db.find(name, { where: {}, orderBy: [['_id', 'asc']], limit: 1 })),
  )
  if (used.some((documents) => documents.length > 0)) return firstSchema
  await putSchema(db, { schema: schemaVersion, progress: null }, undefined)
  return schemaVersion
}

export async function putSchema(
  db: Database,
  fields: Pick<SchemaDocument, 'schema' | 'progress'>,
  there: SchemaDocument | undefined,
): Promise<void> {
  if (there) {
    const { schema, progress } = fields
    await db.change<SchemaDocument>(collection, schemaId, there.version, {
      schema,
      progress,
      version: there.version + 1,
    })
    return
  }
  await db
    .insert<SchemaDocument>(collection, { _id: schemaId, version: 1, ...fields })
    .catch(async (error: unknown) => {
      // Another instance inserted the document first, or the reply got lost. In both cases the document exists.
      if (!(await readSchema(db))) throw error
    })
}

/**
 * Checks that the stored documents have the schema that this code needs.
 * @throws Internal while their schema is older
 */
export async function assertSchema(db: Database): Promise<void> {
  const schema = await schemaOf(db)
  if (schema < schemaVersion)
    throw new AppError(
      'Internal',
      `the data has schema ${schema}, this code needs ${schemaVersion}: run npm run deploy`,
    )
}

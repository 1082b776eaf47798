// functions.json and database.json as the emulator reads them, beside the built functions.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { CannotStart } from './failures'

const name = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/))
const field = z.string().check(z.regex(/^-?[A-Za-z_][A-Za-z0-9_]{0,63}$/))

const collection = z.strictObject({
  acl: z.literal('ADMINONLY'),
  indexes: z.array(
    z.strictObject({
      name,
      /** `-` before a field: descending */
      fields: z.array(field).check(z.minLength(1)),
      unique: z.optional(z.boolean()),
      /** the one field holds arrays, and each element is found */
      array: z.optional(z.boolean()),
    }),
  ),
})

const databaseFile = z.record(name, collection)

const functionsFile = z.record(
  name,
  z.strictObject({
    timeoutSeconds: z.int().check(z.gte(1), z.lte(900)),
    memoryMb: z.int().check(z.gte(64), z.lte(3072)),
    /** the first part of the path under which HTTP access reaches it */
    http: z.optional(z.string().check(z.regex(/^(\/[A-Za-z0-9_-]+)+$/))),
    /** CloudBase's cron: second minute hour day month weekday year, in Beijing */
    timer: z.optional(z.string()),
  }),
)

// CloudBase's security rules of functions (docs.cloudbase.net/cloud-function/security-rules): what clients may call. HTTP
// access, timers and other functions are not asked. These four values are all there are; `*` must be there.
const rulesFile = z.record(
  z.union([z.literal('*'), name]),
  z.strictObject({
    invoke: z.union([
      z.boolean(),
      z.literal('auth != null'),
      z.literal("auth.loginType != 'ANONYMOUS' && auth != null"),
    ]),
  }),
)

export type CollectionDeclaration = z.infer<typeof collection>
export type IndexDeclaration = CollectionDeclaration['indexes'][number]
export type FunctionDeclaration = z.infer<typeof functionsFile>[string]

function readFile<T>(directory: string, file: string, schema: z.ZodMiniType<T>): T {
  const path = join(directory, file)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CannotStart(`${path} cannot be read. Run "npm run build" first.`, { cause })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new CannotStart(`${path} is not JSON. Correct cloudfunctions/${file} and run "npm run build".`, { cause })
  }
  const parsed = z.safeParse(schema, json)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new CannotStart(`cloudfunctions/${file} is wrong at ${where}. Correct it and run "npm run build".`)
}

export const readDatabaseFile = (directory: string): Record<string, CollectionDeclaration> =>
  readFile(directory, 'database.json', databaseFile)

export const readFunctionsFile = (directory: string): Record<string, FunctionDeclaration> =>
  readFile(directory, 'functions.json', functionsFile)

/** @throws CannotStart when clients may call what only HTTP access or a timer starts */
export function checkFunctionRules(directory: string, declared: Record<string, FunctionDeclaration>): void {
  const rules = readFile(directory, 'functionRules.json', rulesFile)
  if (!rules['*']) throw new CannotStart('cloudfunctions/functionRules.json has no rule "*". Add it.')
  for (const [called, { http, timer }] of Object.entries(declared))
    if ((http ?? timer) !== undefined && rules[called]?.invoke !== false)
      throw new CannotStart(
        `cloudfunctions/functionRules.json lets clients call ${called}. Set "invoke": false for it.`,
      )
}

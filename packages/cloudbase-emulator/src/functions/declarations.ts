// What the emulator reads beside the built functions: functions.json and database.json, or each function's config.json.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { CannotStart } from '../failures'

const name = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/))
/** Whether the emulator takes this name for a collection. */
export const isCollectionName = (text: string): boolean => z.safeParse(name, text).success

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

// What WeChat's developer tools keep beside a function; other fields are theirs.
const configFile = z.object({
  timeout: z.optional(z.int().check(z.gte(1), z.lte(900))),
  memorySize: z.optional(z.int().check(z.gte(64), z.lte(3072))),
  triggers: z.optional(z.array(z.object({ name: z.string(), type: z.string(), config: z.string() }))),
})

/** The triggers that a function's config.json names; none without the file. @throws CannotStart */
export const readTriggers = (directory: string, name: string) =>
  existsSync(join(directory, name, 'config.json'))
    ? (readFile(join(directory, name), 'config.json', configFile).triggers ?? [])
    : []

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
    throw new CannotStart(`${path} is not JSON. Correct ${file} and build the functions again.`, { cause })
  }
  const parsed = z.safeParse(schema, json)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new CannotStart(`${path} is wrong at ${where}. Correct ${file} and build the functions again.`)
}

/** @returns undefined without the file: then a collection is there from its first use */
export const readDatabaseFile = (directory: string): Record<string, CollectionDeclaration> | undefined =>
  existsSync(join(directory, 'database.json')) ? readFile(directory, 'database.json', databaseFile) : undefined

/** Without functions.json: each folder with an index.js is a function, as its config.json says. @throws CannotStart */
export function readFunctionsFile(directory: string): Record<string, FunctionDeclaration> {
  if (existsSync(join(directory, 'functions.json'))) return readFile(directory, 'functions.json', functionsFile)
  const found = existsSync(directory) ? readdirSync(directory) : []
  const names = found.filter((folder) => existsSync(join(directory, folder, 'index.js')))
  if (names.length > 0) return Object.fromEntries(names.map((one) => [one, declaredByFolder(directory, one)]))
  throw new CannotStart(
    `${directory} has no functions: no functions.json, and no folder with an index.js. Run "npm run build" first.`,
  )
}

// What CloudBase gives a function for which nothing is set: 3 s and 256 MB.
function declaredByFolder(directory: string, folder: string): FunctionDeclaration {
  const path = join(directory, folder)
  const config = existsSync(join(path, 'config.json')) ? readFile(path, 'config.json', configFile) : {}
  return { timeoutSeconds: config.timeout ?? 3, memoryMb: config.memorySize ?? 256, http: `/${folder}` }
}

/** @throws CannotStart when clients may call what only HTTP access or a timer starts */
export function checkFunctionRules(directory: string, declared: Record<string, FunctionDeclaration>): void {
  const rules = readFile(directory, 'functionRules.json', rulesFile)
  if (!rules['*']) throw new CannotStart('functionRules.json has no rule "*". Add it.')
  for (const [called, { http, timer }] of Object.entries(declared))
    if ((http ?? timer) !== undefined && rules[called]?.invoke !== false)
      throw new CannotStart(`functionRules.json lets clients call ${called}. Set "invoke": false for it.`)
}

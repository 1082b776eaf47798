// Reads the declarations beside the built functions: functions.json and database.json, or each function's config.json.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { CannotStart } from '../failures'

const name = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/))
/** Whether the emulator accepts a text as the name of a collection. */
export const isCollectionName = (text: string): boolean => z.safeParse(name, text).success

const field = z.string().check(z.regex(/^-?[A-Za-z_][A-Za-z0-9_]{0,63}$/))

const collection = z.strictObject({
  acl: z.literal('ADMINONLY'),
  indexes: z.array(
    z.strictObject({
      name,
      /** the indexed fields in order; a `-` before a name sorts that field in descending order */
      fields: z.array(field).check(z.minLength(1)),
      unique: z.optional(z.boolean()),
      /** true: the single field holds arrays, and queries find a document by any element */
      array: z.optional(z.boolean()),
    }),
  ),
})

const databaseFile = z.record(name, collection)

const pathPrefix = z.string().check(z.regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/))

const functionsFile = z.record(
  name,
  z.strictObject({
    timeoutSeconds: z.int().check(z.gte(1), z.lte(900)),
    memoryMb: z.int().check(z.gte(64), z.lte(3072)),
    /** one or several path prefixes; HTTP access calls the function for paths that begin with such a prefix */
    http: z.optional(z.union([pathPrefix, z.array(pathPrefix).check(z.minLength(1))])),
    /** the APIs of WeChat's servers that the function may call through cloud.openapi */
    openapi: z.optional(z.array(z.string().check(z.regex(/^[A-Za-z.]{3,80}$/)))),
    /** CloudBase's timer expression: second minute hour day month weekday year, in Beijing time */
    timer: z.optional(z.string()),
  }),
)

// The fields of config.json (WeChat DevTools' file beside a function) that we read; other fields are ignored.
const configFile = z.object({
  timeout: z.optional(z.int().check(z.gte(1), z.lte(900))),
  memorySize: z.optional(z.int().check(z.gte(64), z.lte(3072))),
  permissions: z.optional(z.object({ openapi: z.optional(z.array(z.string())) })),
  triggers: z.optional(z.array(z.object({ name: z.string(), type: z.string(), config: z.string() }))),
})

/**
 * Reads the triggers in a function's config.json; an absent file means no triggers.
 * @throws CannotStart when the file is not valid
 */
export const readTriggers = (directory: string, name: string) =>
  existsSync(join(directory, name, 'config.json'))
    ? (readFile(join(directory, name), 'config.json', configFile).triggers ?? [])
    : []

/** Reads the permissions in a function's config.json. */
export const readPermissions = (directory: string, name: string) =>
  existsSync(join(directory, name, 'config.json'))
    ? readFile(join(directory, name), 'config.json', configFile).permissions
    : undefined

// CloudBase's security rules for functions (docs.cloudbase.net/cloud-function/security-rules) say which functions
// clients may call. They do not apply to HTTP access, timers or calls from other functions. A rule has one of these
// four values, and the rules must contain one for `*`.
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

/** The path prefixes of a function; none if the function has no HTTP access. */
export const prefixesOf = ({ http = [] }: FunctionDeclaration): readonly string[] =>
  typeof http === 'string' ? [http] : http

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

/**
 * Reads database.json.
 * @returns undefined if the file is absent; the database then creates each collection at its first use
 */
export const readDatabaseFile = (directory: string): Record<string, CollectionDeclaration> | undefined =>
  existsSync(join(directory, 'database.json')) ? readFile(directory, 'database.json', databaseFile) : undefined

/**
 * Reads functions.json. When it is absent, each folder with an index.js is a function, declared by its config.json.
 * @throws CannotStart when a file is not valid
 */
export function readFunctionsFile(directory: string): Record<string, FunctionDeclaration> {
  if (existsSync(join(directory, 'functions.json'))) return readFile(directory, 'functions.json', functionsFile)
  const found = existsSync(directory) ? readdirSync(directory) : []
  const names = found.filter((folder) => existsSync(join(directory, folder, 'index.js')))
  if (names.length > 0) return Object.fromEntries(names.map((one) => [one, declaredByFolder(directory, one)]))
  throw new CannotStart(
    `${directory} has no functions: no functions.json, and no folder with an index.js. Run "npm run build" first.`,
  )
}

// Makes a function's declaration from its folder. As in CloudBase, the defaults are 3 s and 256 MB.
function declaredByFolder(directory: string, folder: string): FunctionDeclaration {
  const path = join(directory, folder)
  const config = existsSync(join(path, 'config.json')) ? readFile(path, 'config.json', configFile) : {}
  return { timeoutSeconds: config.timeout ?? 3, memoryMb: config.memorySize ?? 256, http: `/${folder}` }
}

/**
 * Checks the security rules against the declarations.
 * @throws CannotStart when clients may call a function that only HTTP access or a timer should start
 */
export function checkFunctionRules(directory: string, declared: Record<string, FunctionDeclaration>): void {
  const rules = readFile(directory, 'functionRules.json', rulesFile)
  if (!rules['*']) throw new CannotStart('functionRules.json has no rule "*". Add it.')
  for (const [called, { http, timer }] of Object.entries(declared))
    if ((http ?? timer) !== undefined && rules[called]?.invoke !== false)
      throw new CannotStart(`functionRules.json lets clients call ${called}. Set "invoke": false for it.`)
}

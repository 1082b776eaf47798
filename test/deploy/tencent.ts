// A fake of the part of Tencent Cloud's API that a deployment needs, with one environment. Written from the API's
// documents (tcb: https://cloud.tencent.com/document/api/876, scf: https://cloud.tencent.com/document/api/583).
import { createHash } from 'node:crypto'
import { unzipSync } from 'fflate'

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

type Params = Record<string, unknown>

interface Index {
  Name: string
  Keys: { Name: string; Direction: string }[]
  Unique: boolean
}

interface Collection {
  acl: string
  count: number
  indexes: Index[]
}

interface CloudFunction {
  status: string
  /** how many more times the function is reported as busy */
  busy: number
  runtime: string
  handler: string
  memory: number
  timeout: number
  description: string
  variables: Record<string, string>
  zip: Buffer
  versions: { version: string; description: string; zip: Buffer }[]
  triggers: { name: string; cron: string }[]
}

export const environmentId = 'shop-1a2b3c'
const webBucket = '6d69-static-shop-1a2b3c-1300000000'
const webDomain = 'shop-1a2b3c-1300000000.tcloudbaseapp.com'
const bucket = '7368-shop-1a2b3c-1300000000'

/** The contents of the environment. */
export interface State {
  collections: Map<string, Collection>
  functions: Map<string, CloudFunction>
  functionRules: string
  storageAcl: string
  /** the default address of HTTP access; undefined until it is switched on in the console */
  domain: string | undefined
  routes: Map<string, Route>
  /** what HTTP access answers to every request */
  httpAccess: { status: number; body: string }
  /** what the timer's function answers to the probe */
  timerRefusal: string
  /** static hosting; undefined until it is switched on */
  website: { busy: number; files: Map<string, Buffer> } | undefined
  /** functions whose code throws when it is loaded */
  broken: Set<string>
  /** the fault of the downloaded code: the download ends in the middle, or never ends */
  codeFault: 'cut' | 'endless' | undefined
}

interface Route {
  Path: string
  UpstreamResourceType: string
  UpstreamResourceName: string
  EnableAuth: boolean
  Enable: boolean
}

const emptyState = (): State => ({
  collections: new Map(),
  functions: new Map(),
  functionRules: '',
  storageAcl: 'PRIVATE',
  domain: 'shop-1a2b3c.service.tcloudbase.com',
  routes: new Map(),
  httpAccess: { status: 414, body: 'too long' },
  timerRefusal: 'only for the clock',
  website: undefined,
  broken: new Set(),
  codeFault: undefined,
})

// The parameters of each action. The fake refuses other parameters, as the API does.
const actions: Record<string, { version: string; params: string[]; writes?: true }> = {
  'tcb:DescribeEnvInfo': { version: '2018-06-08', params: ['EnvId'] },
  'tcb:ListTables': { version: '2018-06-08', params: ['EnvId', 'MongoConnector', 'MgoLimit', 'MgoOffset'] },
  'tcb:CreateTable': { version: '2018-06-08', params: ['EnvId', 'MongoConnector', 'TableName'], writes: true },
  'tcb:DescribeTable': { version: '2018-06-08', params: ['EnvId', 'MongoConnector', 'TableName'] },
  'tcb:UpdateTable': {
    version: '2018-06-08',
    params: ['EnvId', 'MongoConnector', 'TableName', 'CreateIndexes', 'DropIndexes'],
    writes: true,
  },
  'tcb:DescribeDatabaseACL': { version: '2018-06-08', params: ['EnvId', 'CollectionName'] },
  'tcb:ModifyDatabaseACL': { version: '2018-06-08', params: ['EnvId', 'CollectionName', 'AclTag'], writes: true },
  'tcb:DescribeResourcePermission': { version: '2018-06-08', params: ['EnvId', 'ResourceType', 'Resources'] },
  'tcb:ModifyResourcePermission': {
    version: '2018-06-08',
    params: ['EnvId', 'ResourceType', 'Resource', 'Permission', 'SecurityRule'],
    writes: true,
  },
  'tcb:DescribeStaticStore': { version: '2018-06-08', params: ['EnvId'] },
  'tcb:CreateStaticStore': { version: '2018-06-08', params: ['EnvId'], writes: true },
  'tcb:DescribeStorageSafeRule': { version: '2018-06-08', params: ['EnvId', 'Bucket'] },
  'tcb:ModifyStorageSafeRule': { version: '2018-06-08', params: ['EnvId', 'Bucket', 'AclTag', 'Rule'], writes: true },
  'tcb:DescribeHTTPServiceRoute': { version: '2018-06-08', params: ['EnvId', 'Filters', 'Offset', 'Limit'] },
  'tcb:CreateHTTPServiceRoute': { version: '2018-06-08', params: ['EnvId', 'Domain'], writes: true },
  'tcb:ModifyHTTPServiceRoute': { version: '2018-06-08', params: ['EnvId', 'Domain'], writes: true },
  'scf:BatchCreateTrigger': {
    version: '2018-04-16',
    params: ['FunctionName', 'Namespace', 'Triggers', 'Count'],
    writes: true,
  },
  'scf:DeleteTrigger': {
    version: '2018-04-16',
    params: ['FunctionName', 'Namespace', 'TriggerName', 'Type'],
    writes: true,
  },
  'scf:Invoke': { version: '2018-04-16', params: ['FunctionName', 'Namespace', 'ClientContext', 'LogType'] },
  'scf:GetFunction': { version: '2018-04-16', params: ['FunctionName', 'Namespace'] },
  'scf:GetFunctionAddress': { version: '2018-04-16', params: ['FunctionName', 'Namespace', 'Qualifier'] },
  'scf:CreateFunction': {
    version: '2018-04-16',
    params: [
      'FunctionName',
      'Namespace',
      'Role',
      'Stamp',
      'Runtime',
      'Handler',
      'MemorySize',
      'Timeout',
      'InstallDependency',
      'Environment',
      'Description',
      'ClsLogsetId',
      'ClsTopicId',
      'Code',
    ],
    writes: true,
  },
  'scf:UpdateFunctionCode': {
    version: '2018-04-16',
    params: ['FunctionName', 'Namespace', 'Handler', 'InstallDependency', 'Code'],
    writes: true,
  },
  'scf:UpdateFunctionConfiguration': {
    version: '2018-04-16',
    params: [
      'FunctionName',
      'Namespace',
      'MemorySize',
      'Timeout',
      'Environment',
      'Description',
      'ClsLogsetId',
      'ClsTopicId',
    ],
    writes: true,
  },
  'scf:DeleteFunction': { version: '2018-04-16', params: ['FunctionName', 'Namespace', 'Qualifier'], writes: true },
  'scf:PublishVersion': { version: '2018-04-16', params: ['FunctionName', 'Namespace', 'Description'], writes: true },
  'scf:ListVersionByFunction': {
    version: '2018-04-16',
    params: ['FunctionName', 'Namespace', 'Offset', 'Limit', 'Order', 'OrderBy'],
  },
}

/** How a write fails: refused and not done, done with a lost answer, or refused because of too many calls. */
export type Fault = 'refused' | 'answer lost' | 'too many calls'

export interface Tencent {
  state: State
  /** the writes that were done or refused, as service:Action */
  writes: string[]
  /** the number of the write that fails, and how; absent: all calls succeed */
  failAt?: { write: number; fault: Fault } | undefined
  /** actions that the key may not call */
  denied: Set<string>
  /** the bucket of static hosting (https://cloud.tencent.com/document/product/436/7751) */
  object(
    method: string,
    bucket: string,
    key: string,
    body: Buffer,
  ): { status: number; headers: Record<string, string>; body: string }
  answer(service: string, action: string, version: string, params: Params): { answer: Params; isLost: boolean }
}

export function createTencent(): Tencent {
  const tencent: Tencent = {
    state: emptyState(),
    writes: [],
    denied: new Set(),
    object: (method, name, key, body) => {
      const { website } = tencent.state
      if (!website || name !== webBucket) return cosError(404, 'NoSuchBucket')
      const action = method === 'PUT' ? 'cos:PutObject' : 'cos:GetBucket'
      if (tencent.denied.has(action)) return cosError(403, 'AccessDenied')
      if (method === 'GET' && key === '') return listing(website.files)
      if (method !== 'PUT') return cosError(405, 'MethodNotAllowed')
      tencent.writes.push(action)
      if (tencent.writes.length === tencent.failAt?.write) return cosError(403, 'AccessDenied')
      website.files.set(key, body)
      return { status: 200, headers: { etag: `"${md5(body)}"` }, body: '' }
    },
    answer: (service, action, version, params) => {
      const name = `${service}:${action}`
      const known = actions[name]
      if (!known || known.version !== version)
        throw new ApiError('InvalidAction', `The request with action=${action} is invalid.`)
      if (tencent.denied.has(name))
        throw new ApiError(
          'AuthFailure.UnauthorizedOperation',
          `you are not authorized to perform operation (${name}) on resource (*)`,
        )
      for (const param of Object.keys(params))
        if (!known.params.includes(param))
          throw new ApiError('UnknownParameter', `The parameter ${param} is not defined.`)
      let isLost = false
      if (known.writes) {
        tencent.writes.push(name)
        if (tencent.failAt && tencent.writes.length === tencent.failAt.write) {
          const { fault } = tencent.failAt
          if (fault === 'too many calls') throw new ApiError('RequestLimitExceeded', 'Too many calls a second.')
          // Some of the API's error messages repeat the sent parameters.
          if (fault === 'refused') throw new ApiError('FailedOperation', `Operation failed: ${JSON.stringify(params)}`)
          isLost = true
        }
      }
      return { answer: perform(tencent.state, action, params), isLost }
    },
  }
  return tencent
}

const xml = { 'content-type': 'application/xml' }

export const cosError = (status: number, code: string) => ({
  status,
  headers: xml,
  body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
})

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')

function listing(files: ReadonlyMap<string, Buffer>) {
  const contents = [...files]
    .map(
      ([key, bytes]) =>
        `<Contents><Key>${key}</Key><ETag>&quot;${md5(bytes)}&quot;</ETag><Size>${bytes.length}</Size></Contents>`,
    )
    .join('')
  return {
    status: 200,
    headers: xml,
    body: `<ListBucketResult><Name>${webBucket}</Name><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`,
  }
}

function perform(state: State, action: string, params: Params): Params {
  if (params.EnvId !== undefined && params.EnvId !== environmentId)
    throw new ApiError('ResourceNotFound', 'The environment does not exist.')
  if (params.Namespace !== undefined && params.Namespace !== environmentId)
    throw new ApiError('ResourceNotFound.Namespace', 'The namespace does not exist.')
  const handlers: Record<string, () => Params> = {
    DescribeEnvInfo: () => ({
      EnvInfo: {
        EnvBaseInfo: {
          EnvId: environmentId,
          Status: 'NORMAL',
          Region: 'ap-shanghai',
          Functions: [{ Namespace: environmentId, Region: 'ap-shanghai' }],
          Databases: [{ InstanceId: 'tnt-7d8e9f', Status: 'RUNNING', Region: 'ap-shanghai' }],
          Storages: [{ Bucket: bucket, Region: 'ap-shanghai', AppId: '1300000000' }],
          LogServices: [{ LogsetId: 'logset-1', TopicId: 'topic-1' }],
        },
      },
    }),
    ListTables: () => {
      const { MgoLimit: limit = 100, MgoOffset: offset = 0 } = params as { MgoLimit?: number; MgoOffset?: number }
      const all = [...state.collections].map(([TableName, { count, indexes }]) => ({
        TableName,
        Count: count,
        IndexCount: indexes.length,
      }))
      const Tables = all.slice(offset, offset + limit)
      return {
        Tables: Tables.length > 0 ? Tables : null,
        Pager: { Offset: offset, Limit: limit, Total: all.length },
      }
    },
    CreateTable: () => {
      const name = String(params.TableName)
      if (state.collections.has(name)) throw new ApiError('ResourceInUse', 'Table exist')
      const id: Index = { Name: '_id_', Keys: [{ Name: '_id', Direction: '1' }], Unique: true }
      state.collections.set(name, { acl: 'PRIVATE', count: 0, indexes: [id] })
      return {}
    },
    DescribeTable: () => {
      const { indexes } = collectionOf(state, params.TableName)
      return { IndexNum: indexes.length, Indexes: indexes }
    },
    UpdateTable: () => updateTable(collectionOf(state, params.TableName), params),
    DescribeDatabaseACL: () => ({ AclTag: collectionOf(state, params.CollectionName).acl }),
    ModifyDatabaseACL: () => {
      collectionOf(state, params.CollectionName).acl = String(params.AclTag)
      return {}
    },
    DescribeResourcePermission: () => ({
      Data: {
        TotalCount: 1,
        PermissionList: state.functionRules
          ? [{ ResourceType: 'function', Permission: 'CUSTOM', SecurityRule: state.functionRules }]
          : [],
      },
    }),
    ModifyResourcePermission: () => {
      JSON.parse(String(params.SecurityRule))
      state.functionRules = String(params.SecurityRule)
      return { Data: { Success: true } }
    },
    DescribeStaticStore: () => {
      const { website } = state
      if (website && website.busy > 0) website.busy--
      const Status = website && website.busy > 0 ? 'process' : 'online'
      return {
        Data: website
          ? [{ EnvId: environmentId, Bucket: webBucket, Regoin: 'ap-shanghai', CdnDomain: webDomain, Status }]
          : [],
      }
    },
    CreateStaticStore: () => {
      if (state.website) throw new ApiError('ResourceInUse', 'Static hosting exists.')
      state.website = { busy: busyAnswers, files: new Map() }
      return { Result: 'succ' }
    },
    DescribeStorageSafeRule: () => ({ AclTag: bucketAcl(state, params) }),
    ModifyStorageSafeRule: () => {
      bucketAcl(state, params)
      state.storageAcl = String(params.AclTag)
      return {}
    },
    DescribeHTTPServiceRoute: () => ({
      OriginDomain: state.domain ?? '',
      TotalCount: state.domain === undefined ? 0 : 1,
      Domains:
        state.domain === undefined
          ? []
          : [{ Domain: state.domain, IsDefault: true, Enable: true, Routes: [...state.routes.values()] }],
    }),
    CreateHTTPServiceRoute: () => changeRoutes(state, params, false),
    ModifyHTTPServiceRoute: () => changeRoutes(state, params, true),
    ...functionHandlers(state, params),
  }
  const handler = handlers[action]
  if (!handler) throw new ApiError('InvalidAction', `The request with action=${action} is invalid.`)
  return handler()
}

function bucketAcl(state: State, { Bucket }: Params): string {
  if (Bucket !== bucket) throw new ApiError('ResourceNotFound', 'The bucket does not exist.')
  return state.storageAcl
}

function changeRoutes(state: State, params: Params, isThere: boolean): Params {
  const { Domain, Routes = [] } = params.Domain as { Domain: string; Routes?: Route[] }
  if (Domain !== state.domain) throw new ApiError('ResourceNotFound', 'The domain does not exist.')
  for (const route of Routes) {
    if (state.routes.has(route.Path) !== isThere)
      throw new ApiError('InvalidParameter', `The path ${route.Path} ${isThere ? 'does not exist' : 'is taken'}.`)
    const hasUpstream =
      route.UpstreamResourceType === 'STATIC_STORE'
        ? state.website !== undefined
        : state.functions.has(route.UpstreamResourceName)
    if (!hasUpstream) throw new ApiError('InvalidParameter', 'The function does not exist.')
    state.routes.set(route.Path, route)
  }
  return {}
}

function collectionOf(state: State, name: unknown): Collection {
  const found = state.collections.get(String(name))
  if (!found) throw new ApiError('ResourceNotFound', 'Table not exist')
  return found
}

function updateTable(collection: Collection, params: Params): Params {
  const { CreateIndexes = [], DropIndexes = [] } = params as {
    CreateIndexes?: { IndexName: string; MgoKeySchema: { MgoIndexKeys: Index['Keys']; MgoIsUnique: boolean } }[]
    DropIndexes?: { IndexName: string }[]
  }
  for (const { IndexName } of DropIndexes) {
    if (!collection.indexes.some((index) => index.Name === IndexName))
      throw new ApiError('ResourceNotFound', `index ${IndexName} not found`)
    collection.indexes = collection.indexes.filter((index) => index.Name !== IndexName)
  }
  for (const { IndexName, MgoKeySchema } of CreateIndexes) {
    const keys = JSON.stringify(MgoKeySchema.MgoIndexKeys)
    if (collection.indexes.some((index) => index.Name === IndexName || JSON.stringify(index.Keys) === keys))
      throw new ApiError('FailedOperation', `index ${IndexName} already exists with different options`)
    collection.indexes.push({ Name: IndexName, Keys: MgoKeySchema.MgoIndexKeys, Unique: MgoKeySchema.MgoIsUnique })
  }
  return {}
}

const busyAnswers = 2

function functionOf(state: State, name: unknown): CloudFunction {
  const found = state.functions.get(String(name))
  if (!found) throw new ApiError('ResourceNotFound.Function', 'The function does not exist.')
  return found
}

function idle(found: CloudFunction): CloudFunction {
  if (found.busy > 0) throw new ApiError('ResourceInUse.Function', 'The function is being updated.')
  if (found.status !== 'Active') throw new ApiError('FailedOperation', `The function is ${found.status}.`)
  return found
}

/** Reads the uploaded zip. @throws ApiError as SCF does, for a zip without index.js or over 1.5 MB */
function zipOf(code: unknown): Buffer {
  const zip = Buffer.from(String((code as { ZipFile?: unknown } | undefined)?.ZipFile ?? ''), 'base64')
  if (zip.length === 0) throw new ApiError('InvalidParameterValue.Code', 'Code is empty.')
  if (zip.length > 1.5 * 1024 * 1024) throw new ApiError('InvalidParameterValue.Code', 'Code is over 1.5 MB.')
  if (!unzipSync(zip)['index.js']) throw new ApiError('InvalidParameterValue.Code', 'index.js is missing.')
  return zip
}

function descriptionOf(text: unknown): string {
  if (!/^[A-Za-z0-9 ,.\n\u4e00-\u9fa5]{0,1000}$/.test(String(text)))
    throw new ApiError('InvalidParameterValue.Description', 'The description has characters that are not allowed.')
  return String(text)
}

const variablesOf = (environment: unknown): Record<string, string> =>
  Object.fromEntries(
    ((environment as { Variables?: { Key: string; Value: string }[] } | undefined)?.Variables ?? []).map((one) => [
      one.Key,
      one.Value,
    ]),
  )

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

function functionHandlers(state: State, params: Params): Record<string, () => Params> {
  const name = String(params.FunctionName)
  return {
    GetFunction: () => {
      const found = functionOf(state, name)
      if (found.busy > 0) found.busy--
      return {
        FunctionName: name,
        Status: found.busy > 0 ? 'Updating' : found.status,
        StatusDesc: '',
        Runtime: found.runtime,
        Handler: found.handler,
        MemorySize: found.memory,
        Timeout: found.timeout,
        Description: found.description,
        Environment: { Variables: Object.entries(found.variables).map(([Key, Value]) => ({ Key, Value })) },
        Triggers: found.triggers.map((one) => ({
          TriggerName: one.name,
          Type: 'timer',
          TriggerDesc: JSON.stringify({ cron: one.cron }),
        })),
      }
    },
    GetFunctionAddress: () => {
      const found = functionOf(state, name)
      const { Qualifier = '$LATEST' } = params as { Qualifier?: string }
      const zip = Qualifier === '$LATEST' ? found.zip : found.versions.find((one) => one.version === Qualifier)?.zip
      if (!zip) throw new ApiError('ResourceNotFound.FunctionVersion', 'The version does not exist.')
      return {
        Url: `https://code-1300000000.cos.ap-shanghai.myqcloud.com/${name}/${encodeURIComponent(Qualifier)}.zip`,
        CodeSha256: sha256(zip),
      }
    },
    CreateFunction: () => {
      if (state.functions.has(name)) throw new ApiError('ResourceInUse.FunctionName', 'The function exists.')
      state.functions.set(name, {
        status: 'Active',
        busy: busyAnswers,
        runtime: String(params.Runtime),
        handler: String(params.Handler),
        memory: Number(params.MemorySize ?? 128),
        timeout: Number(params.Timeout ?? 3),
        description: descriptionOf(params.Description ?? ''),
        variables: variablesOf(params.Environment),
        zip: zipOf(params.Code),
        versions: [],
        triggers: [],
      })
      return {}
    },
    UpdateFunctionCode: () => {
      const found = idle(functionOf(state, name))
      found.zip = zipOf(params.Code)
      found.handler = String(params.Handler)
      found.busy = busyAnswers
      return {}
    },
    UpdateFunctionConfiguration: () => {
      const found = idle(functionOf(state, name))
      if (params.MemorySize !== undefined) found.memory = Number(params.MemorySize)
      if (params.Timeout !== undefined) found.timeout = Number(params.Timeout)
      if (params.Description !== undefined) found.description = descriptionOf(params.Description)
      // An update replaces all environment variables of a function.
      if (params.Environment !== undefined) found.variables = variablesOf(params.Environment)
      found.busy = busyAnswers
      return {}
    },
    DeleteFunction: () => {
      functionOf(state, name)
      state.functions.delete(name)
      return {}
    },
    BatchCreateTrigger: () => {
      const found = functionOf(state, name)
      const triggers = JSON.parse(String(params.Triggers)) as { TriggerName: string; TriggerDesc: string }[]
      for (const { TriggerName, TriggerDesc } of triggers) {
        // CloudBase allows one timer per function.
        if (found.triggers.length > 0) throw new ApiError('ResourceInUse.Trigger', 'The trigger exists.')
        found.triggers.push({ name: TriggerName, cron: TriggerDesc })
      }
      return {}
    },
    DeleteTrigger: () => {
      const found = functionOf(state, name)
      if (!found.triggers.some((one) => one.name === params.TriggerName))
        throw new ApiError('ResourceNotFound.Trigger', 'The trigger does not exist.')
      found.triggers = found.triggers.filter((one) => one.name !== params.TriggerName)
      return {}
    },
    Invoke: () => {
      functionOf(state, name)
      if (state.broken.has(name)) return { Result: { InvokeResult: -1, ErrMsg: "Cannot find module 'x'", RetMsg: '' } }
      if (name === 'timer')
        return { Result: { InvokeResult: 1, ErrMsg: '', RetMsg: JSON.stringify({ errorMessage: state.timerRefusal }) } }
      return { Result: { InvokeResult: 0, ErrMsg: '', RetMsg: '{"ok":false,"error":{"code":"Forbidden"}}' } }
    },
    PublishVersion: () => {
      const found = idle(functionOf(state, name))
      const version = String(found.versions.length + 1)
      found.versions.push({ version, description: descriptionOf(params.Description ?? ''), zip: found.zip })
      found.busy = busyAnswers
      return { FunctionVersion: version }
    },
    ListVersionByFunction: () => {
      const { versions } = functionOf(state, name)
      const own = versions.map((one) => ({ Version: one.version, Description: one.description, Status: 'Active' }))
      return { Versions: [...own.reverse(), { Version: '$LATEST', Description: '', Status: 'Active' }] }
    },
  }
}

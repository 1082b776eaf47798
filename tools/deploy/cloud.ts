// The management API of one CloudBase environment, through Tencent's own SDK. Reads are repeated when no answer comes;
// a write is sent once. Errors become sentences that say what to do.
import CloudBase from '@cloudbase/manager-node'

/** The error that stops the command. Its message is a sentence for the person who started the command. */
export class Stopped extends Error {}

export type Service = 'tcb' | 'scf'
type Params = Record<string, unknown>

export interface Connection {
  envId: string
  secretId: string
  secretKey: string
  /** region of the environment, if known */
  region?: string | undefined
  /** the session token of a temporary key */
  token?: string | undefined
  /** an HTTP proxy, as http://host:port */
  proxy?: string | undefined
  /** true: the command changes nothing */
  dryRun: boolean
  pause(ms: number): Promise<void>
}

/** Names of the environment's resources; each request needs some of them. */
interface Environment {
  region: string
  /** the name of the environment's namespace for functions */
  namespace: string
  /** name of the document database */
  database: string
  bucket: string
  logs: { ClsLogsetId?: string; ClsTopicId?: string }
}

export interface Cloud extends Environment {
  envId: string
  sdk: CloudBase
  read<T>(service: Service, action: string, params: Params): Promise<T>
  write(service: Service, action: string, params: Params): Promise<void>
  /** turns an error of an SDK call into a Stopped error with a sentence; a Stopped error stays as it is */
  explain(error: unknown, service: PolicyOwner, action: string): Error
  /** from now on, replaces this secret in every error sentence */
  conceal(secret: string): void
  pause(ms: number): Promise<void>
}

type PolicyOwner = Service | 'cos'
const policies: Record<PolicyOwner, string> = {
  tcb: 'QcloudTCBFullAccess',
  scf: 'QcloudSCFFullAccess',
  cos: 'QcloudCOSFullAccess',
}

// Without a region the SDK calls the region ap-shanghai, whose answer names the environment's real region.
const firstRegion = 'ap-shanghai'
const readTries = 3
const pauseMs = 1_000

/** Connects to the environment. @throws Stopped when the environment or the key is wrong */
export async function connect(connection: Connection): Promise<Cloud> {
  const { envId, dryRun, pause } = connection
  const sdkFor = (region: string) =>
    new CloudBase({
      envId,
      region,
      secretId: connection.secretId,
      secretKey: connection.secretKey,
      ...(connection.token !== undefined && { token: connection.token }),
      ...(connection.proxy !== undefined && { proxy: connection.proxy }),
    })
  const secrets = [connection.secretKey, connection.token].filter((secret): secret is string => Boolean(secret))
  const explain: Cloud['explain'] = (error, service, action) => explained(error, { service, action, envId }, secrets)
  let sdk = sdkFor(connection.region ?? firstRegion)

  // RequestLimitExceeded means that the service did nothing, so even a write may be sent again.
  const send = async (service: Service, action: string, params: Params, tries: number): Promise<unknown> => {
    for (let failed = 1; ; failed++)
      try {
        return await sdk.commonService(service).call({ Action: action, Param: params })
      } catch (error) {
        const code = codeOf(error)
        const isAgain = code.startsWith('RequestLimitExceeded') ? failed < 10 : isWithoutAnswer(code) && failed < tries
        if (!isAgain) throw explain(error, service, action)
        await pause(pauseMs * failed)
      }
  }
  const read = async <T>(service: Service, action: string, params: Params) =>
    (await send(service, action, params, readTries)) as T

  const environment = await readEnvironment(read, envId)
  sdk = sdkFor(environment.region)
  return {
    ...environment,
    envId,
    sdk,
    read,
    write: async (service, action, params) => {
      if (dryRun) throw new Error(`${action} would have been sent in a dry run`)
      await send(service, action, params, 1)
    },
    explain,
    conceal: (secret) => secrets.push(secret),
    pause,
  }
}

async function readEnvironment(read: Cloud['read'], envId: string): Promise<Environment> {
  const { EnvInfo } = await read<{
    EnvInfo?: {
      EnvBaseInfo?: {
        EnvId?: string
        Status?: string
        Region?: string
        Functions?: { Namespace?: string }[]
        Databases?: { InstanceId?: string }[]
        Storages?: { Bucket?: string }[]
        LogServices?: { LogsetId?: string; TopicId?: string }[]
        CustomLogServices?: { ClsLogsetId?: string; ClsTopicId?: string }[]
      }
    }
  }>('tcb', 'DescribeEnvInfo', { EnvId: envId })
  const found = EnvInfo?.EnvBaseInfo
  if (found?.EnvId !== envId) throw new Stopped(noEnvironment(envId))
  if (found.Status !== undefined && found.Status !== 'NORMAL')
    throw new Stopped(
      `The environment ${envId} is not in use (${found.Status}). Open it in the CloudBase console and pay or restore it there.`,
    )
  const database = found.Databases?.[0]?.InstanceId
  const bucket = found.Storages?.[0]?.Bucket
  const namespace = found.Functions?.[0]?.Namespace
  if (!database || !bucket || !namespace)
    throw new Stopped(
      `The environment ${envId} has no ${!database ? 'document database' : !bucket ? 'cloud storage' : 'functions'} yet. Open it in the CloudBase console, and switch that on there.`,
    )
  const own = found.CustomLogServices?.[0]
  const given = found.LogServices?.[0]
  const logset = own?.ClsLogsetId ?? given?.LogsetId
  const topic = own?.ClsTopicId ?? given?.TopicId
  return {
    region: found.Region || firstRegion,
    namespace,
    database,
    bucket,
    logs: { ...(logset && { ClsLogsetId: logset }), ...(topic && { ClsTopicId: topic }) },
  }
}

const noEnvironment = (envId: string) =>
  `This key sees no environment ${envId}. Compare it with the environment's id in the CloudBase console, the key with the account, and --region with the place where the environment was created.`

/** The error code of an SDK error; empty when no answer came. */
export const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : ''
}

// Whether the result of a call is unknown. After a broken connection the error has one of Node's codes, such as
// ECONNRESET, or no code. After InternalError the service may nevertheless have done its work. Any other code is a real
// answer of the service.
export const isWithoutAnswer = (code: string) =>
  code === '' || /^E[A-Z]+$/.test(code) || code.startsWith('InternalError')

interface Called {
  service: PolicyOwner
  action: string
  envId: string
}

function explained(error: unknown, called: Called, secrets: string[]): Error {
  if (error instanceof Stopped) return error
  let code = codeOf(error)
  const words = (error as { message?: unknown } | undefined)?.message ?? error
  const said = secrets.reduce((text, secret) => text.replaceAll(secret, '••••'), String(words))
  // The SDK's file upload reports an error of the storage only inside its message text.
  if (called.service === 'cos' && said.includes('AccessDenied')) code = 'AccessDenied'
  const sentence = sentenceFor(code, called)
  const stopped = new Stopped(
    sentence === undefined ? `${code || 'No answer'}: ${said}\n${again}` : `${sentence}\n${said}`,
  )
  return Object.assign(stopped, { code })
}

const again = 'Run the same command again: it goes on where it stopped.'

// Codes: https://cloud.tencent.com/document/api/876/34815 (public error codes).
function sentenceFor(code: string, { service, action, envId }: Called): string | undefined {
  if (
    code.startsWith('AuthFailure.UnauthorizedOperation') ||
    code.startsWith('UnauthorizedOperation') ||
    code === 'AccessDenied'
  )
    return `This key may not call ${service}:${action}. In the console of access management (访问管理 → 用户 → 用户列表 → the key's user → 关联策略), add the policy ${policies[service]}, or one of your own with
  {"effect":"allow","action":["${service}:${action}"],"resource":["*"]}
Then run the same command again.`
  if (code === 'AuthFailure.SecretIdNotFound' || code === 'InvalidAccessKeyId')
    return 'Tencent Cloud does not know this TENCENTCLOUD_SECRETID. Compare it with 访问管理 → 访问密钥 → API密钥管理.'
  if (code === 'AuthFailure.SignatureFailure' || code === 'SignatureDoesNotMatch')
    return 'TENCENTCLOUD_SECRETKEY does not belong to TENCENTCLOUD_SECRETID. Copy both again, or make a new pair in 访问管理 → 访问密钥 → API密钥管理.'
  if (code === 'AuthFailure.SignatureExpire')
    return 'The clock of this machine is more than five minutes wrong. Set it, and run the same command again.'
  if (code.startsWith('ResourceNotFound') && action === 'DescribeEnvInfo') return noEnvironment(envId)
  return undefined
}

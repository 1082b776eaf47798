// Deploys each function: first its code, then its configuration, waiting for the end of each change. The function's
// description stores which code the function has.
import { randomBytes } from 'node:crypto'
import type { FunctionDeclaration } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { type Cloud, codeOf, isWithoutAnswer, Stopped } from './cloud'
import { type Pack, packFunction, shortHash } from './pack'
import type { Run } from './run'

const runtime = 'Nodejs20.19'
const oldestRuntime = [18, 15] as const
const handler = 'index.main'
const keyName = 'CASHIER_KEY'

/** A function in the environment (GetFunction, https://cloud.tencent.com/document/product/583/18584). */
export interface Found {
  Status: string
  StatusDesc?: string
  Runtime: string
  Handler: string
  MemorySize: number
  Timeout: number
  Description?: string
  Environment?: { Variables?: { Key: string; Value: string }[] | null } | null
  Triggers?: { TriggerName: string; Type: string; TriggerDesc: string }[] | null
}

/**
 * The facts that we store in a function's description. SCF allows only letters, digits, spaces, commas and full stops
 * in a description.
 */
export interface Label {
  /** id of the deployment; the same for all functions that were deployed together */
  release: string
  /** hash of this function's files */
  code: string
  /** CloudBase's own hash of the code. It changes when somebody uploads code in another way */
  cloud: string
  /** id of the previous deployment */
  before: string
}

/** means "no release" */
export const none = 'none'
// Stands for CloudBase's hash of a new function until CloudBase has calculated it.
const pending = 'pending'
// Describes code that somebody uploaded without this command.
const byHand: Label = { release: 'byhand', code: 'unknown', cloud: 'unknown', before: none }

const labelText = ({ release, code, cloud, before }: Label) =>
  `Mini Cashier, release ${release}, code ${code}, cloud ${cloud}, before ${before}`

export function labelOf(description: string | undefined): Label | undefined {
  const [, release, code, cloud, before] =
    /^Mini Cashier, release (\w+), code (\w+), cloud (\w+), before (\w+)$/.exec(description ?? '') ?? []
  return release && code && cloud && before ? { release, code, cloud, before } : undefined
}

export interface FunctionPlan {
  name: string
  declared: FunctionDeclaration
  pack: Pack
  found: Found | undefined
}

export interface FunctionsPlan {
  release: string
  functions: FunctionPlan[]
  key: string
  /** true: this run has made the key, so no function has it yet and nobody has seen it */
  isNewKey: boolean
}

/** Checks everything that could stop the deployment of the functions, before anything is changed. */
export async function planFunctions(
  cloud: Cloud,
  directory: string,
  declarations: Record<string, FunctionDeclaration>,
  { givenKey, sealedSettings }: { givenKey: string | undefined; sealedSettings: number },
): Promise<FunctionsPlan> {
  const functions: FunctionPlan[] = []
  for (const [name, declared] of Object.entries(declarations))
    functions.push({ name, declared, pack: packFunction(directory, name), found: await readFunction(cloud, name) })
  for (const { name, found } of functions) if (found) checkRuntime(name, found)
  const kept = [
    ...new Set(functions.map(({ found }) => variablesOf(found)[keyName]).filter((key) => key !== undefined)),
  ]
  if (kept.length > 1)
    throw new Stopped(
      `The functions have different values of ${keyName}. Settings are sealed under one of them. In the CloudBase console (云函数 → the function → 函数配置 → 环境变量), give all functions the one under which npm run settings -- --env ${cloud.envId} list works.`,
    )
  if (kept.length === 0 && !givenKey && sealedSettings > 0)
    throw new Stopped(
      `The collection settings has ${sealedSettings} documents, sealed under a key that no function has. Set ${keyName} to that key and run the command again. A new key could not open them.`,
    )
  const key = kept[0] ?? (givenKey || randomBytes(32).toString('base64'))
  cloud.conceal(key)
  return {
    release: shortHash(functions.map(({ name, pack }) => `${name} ${pack.code}`).join('\n')),
    functions,
    key,
    isNewKey: kept.length === 0 && !givenKey,
  }
}

export async function deployFunctions(run: Run, plan: FunctionsPlan): Promise<void> {
  let isShown = !plan.isNewKey
  for (const one of plan.functions) {
    await deployFunction(run, plan, one)
    if (isShown || run.dryRun) continue
    isShown = true
    run.say(
      `\n  ${keyName}=${plan.key}\n  This key was made just now and opens the shop's settings. Keep it in a safe place: it is not shown again.\n`,
    )
  }
}

/** Reads a function. @returns undefined if the function does not exist */
export async function readFunction(cloud: Cloud, name: string): Promise<Found | undefined> {
  try {
    return await cloud.read<Found>('scf', 'GetFunction', address(cloud, name))
  } catch (error) {
    if (codeOf(error).startsWith('ResourceNotFound')) return undefined
    throw error
  }
}

const address = ({ namespace }: Cloud, name: string) => ({ FunctionName: name, Namespace: namespace })

const variablesOf = (found: Found | undefined): Record<string, string> =>
  Object.fromEntries((found?.Environment?.Variables ?? []).map(({ Key, Value }) => [Key, Value]))

// CloudBase sets a function's runtime when it creates the function and cannot change it later.
function checkRuntime(name: string, { Runtime }: Found): void {
  const [, major = 0, minor = 0] = (/^Nodejs(\d+)\.(\d+)$/.exec(Runtime) ?? []).map(Number)
  if (major > oldestRuntime[0] || (major === oldestRuntime[0] && minor >= oldestRuntime[1])) return
  throw new Stopped(
    `The function ${name} was created for ${Runtime}, and CloudBase cannot change that. Note its environment variables, delete it in the console (云函数 → ${name} → 删除), and run the command again.`,
  )
}

const waitMs = 1_000
const mostWaits = 300

/**
 * Waits until SCF has finished the last change of a function, which takes some seconds. Only then can the function be
 * changed again.
 */
export async function settled(run: Run, name: string): Promise<Found> {
  for (let waited = 0; waited < mostWaits; waited++) {
    const found = await readFunction(run.cloud, name)
    if (!found) throw new Stopped(`The function ${name} is gone. Somebody deleted it during this run.`)
    if (found.Status === 'Active') return found
    if (found.Status.endsWith('Failed'))
      throw new Stopped(
        `CloudBase could not finish the function ${name}: ${found.Status}. ${found.StatusDesc ?? ''}\nRun the same command again.`,
      )
    await run.cloud.pause(waitMs)
  }
  throw new Stopped(`The function ${name} was not ready after five minutes. Run the same command again later.`)
}

/** CloudBase's hash of a function's code. */
export async function cloudHash(cloud: Cloud, name: string): Promise<string> {
  const { CodeSha256 = '' } = await cloud.read<{ CodeSha256?: string }>(
    'scf',
    'GetFunctionAddress',
    address(cloud, name),
  )
  return shortHash(CodeSha256)
}

async function deployFunction(
  run: Run,
  plan: FunctionsPlan,
  { name, declared, pack, found }: FunctionPlan,
): Promise<void> {
  const { cloud } = run
  const wanted = { MemorySize: declared.memoryMb, Timeout: declared.timeoutSeconds }
  const first: Label = { release: plan.release, code: pack.code, cloud: pending, before: none }
  let there = found
  if (there?.Status === 'CreateFailed') {
    await run.change(`remove function ${name}, whose creation failed`, () =>
      cloud.write('scf', 'DeleteFunction', address(cloud, name)),
    )
    there = undefined
  }
  if (there && !run.dryRun) there = await settled(run, name)
  const label = there && (labelOf(there.Description) ?? byHand)
  let isNewCode = true
  if (!there || !label)
    await run.change(`create function ${name}`, () =>
      cloud.write('scf', 'CreateFunction', {
        ...address(cloud, name),
        ...cloud.logs,
        ...wanted,
        // Tencent's SDK sends the same values of Role and Stamp when it creates a function.
        Role: 'TCB_QcsRole',
        Stamp: 'MINI_QCBASE',
        Runtime: runtime,
        Handler: handler,
        InstallDependency: 'FALSE',
        Environment: { Variables: [{ Key: keyName, Value: plan.key }] },
        Description: labelText(first),
        Code: { ZipFile: pack.zip.toString('base64') },
      }),
    )
  else {
    const hash = await cloudHash(cloud, name)
    const isAsLabelled = label.cloud === hash || label.cloud === pending
    isNewCode = label.code !== pack.code || !isAsLabelled || there.Handler !== handler
    if (isNewCode)
      await run.change(`upload the code of ${name}`, async () => {
        if (isAsLabelled || label === byHand) await keepVersion(run, name, label)
        await uploadCode(cloud, name, pack.zip)
      })
    // Also store a version if only the release has changed, so that --rollback finds a version of every function.
    else if (label.release !== plan.release && !run.dryRun) await keepVersion(run, name, label)
  }
  if (run.dryRun && !there) return
  if (!run.dryRun) there = await settled(run, name)
  await configure(run, plan, { name, wanted, pack, there: there as Found, label: label ?? first, isNewCode })
}

const versionText = ({ release, code }: Label) => `Mini Cashier, release ${release}, code ${code}`

export interface Version {
  Version: string
  Description?: string
}

/** The stored versions of a function, the newest first. */
export async function readVersions(cloud: Cloud, name: string): Promise<Version[]> {
  const { Versions } = await cloud.read<{ Versions?: Version[] | null }>('scf', 'ListVersionByFunction', {
    ...address(cloud, name),
    Offset: 0,
    Limit: 100,
    Order: 'DESC',
    OrderBy: 'AddTime',
  })
  return (Versions ?? []).filter((one) => one.Version !== '$LATEST')
}

/** Reads release and code hash from a version's description. */
export function versionLabel({ Description = '' }: Version): Pick<Label, 'release' | 'code'> | undefined {
  const [, release, code] = /^Mini Cashier, release (\w+), code (\w+)$/.exec(Description) ?? []
  return release && code ? { release, code } : undefined
}

export const isVersionOf = (version: Version, release: string): boolean => versionLabel(version)?.release === release

// Stores a version: CloudBase then keeps a copy of the code, which --rollback can deploy again.
async function keepVersion(run: Run, name: string, label: Label): Promise<void> {
  const { cloud } = run
  if ((await readVersions(cloud, name)).some(({ Description }) => Description === versionText(label))) return
  await cloud.write('scf', 'PublishVersion', { ...address(cloud, name), Description: versionText(label) })
  await settled(run, name)
}

export const uploadCode = (cloud: Cloud, name: string, zip: Buffer) =>
  cloud.write('scf', 'UpdateFunctionCode', {
    ...address(cloud, name),
    Handler: handler,
    InstallDependency: 'FALSE',
    Code: { ZipFile: zip.toString('base64') },
  })

interface Configuration {
  name: string
  wanted: { MemorySize: number; Timeout: number }
  pack: Pack
  there: Found
  label: Label
  isNewCode: boolean
}

async function configure(
  run: Run,
  plan: FunctionsPlan,
  { name, wanted, pack, there, label, isNewCode }: Configuration,
): Promise<void> {
  const { cloud } = run
  const differences: string[] = []
  if (there.MemorySize !== wanted.MemorySize)
    differences.push(`memory ${there.MemorySize} becomes ${wanted.MemorySize} MB`)
  if (there.Timeout !== wanted.Timeout) differences.push(`time-out ${there.Timeout} becomes ${wanted.Timeout} s`)
  const variables = variablesOf(there)
  if (variables[keyName] === undefined) differences.push(`${keyName} is added`)
  const isNewRelease = label.release !== plan.release
  if (isNewCode || isNewRelease || label.cloud === pending) differences.push(`release ${plan.release}`)
  if (differences.length === 0) return
  await run.change(`configure function ${name}: ${differences.join(', ')}`, async () => {
    const before = isNewRelease ? label.release : label.before
    const next: Label = { release: plan.release, code: pack.code, cloud: await cloudHash(cloud, name), before }
    // SCF replaces all environment variables at once, so the call must also contain the unchanged variables.
    await updateConfiguration(run, name, next, {
      ...wanted,
      Environment: {
        Variables: Object.entries({ ...variables, [keyName]: plan.key }).map(([Key, Value]) => ({ Key, Value })),
      },
    })
  })
}

/** Stores in the function's description which code the function has, together with the rest of its configuration. */
export async function updateConfiguration(
  run: Run,
  name: string,
  label: Label,
  configuration: Record<string, unknown> = {},
): Promise<void> {
  const { cloud } = run
  const description = labelText(label)
  try {
    await cloud.write('scf', 'UpdateFunctionConfiguration', {
      ...address(cloud, name),
      ...cloud.logs,
      ...configuration,
      Description: description,
    })
  } catch (error) {
    // The answer was lost. Read the function, because its description shows whether the change was made.
    if (!isWithoutAnswer(codeOf(error)) || (await settled(run, name)).Description !== description) throw error
  }
  await settled(run, name)
}

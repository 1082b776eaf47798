// Deploys the rules that say who may start a function: security rules for clients (functionRules.json), triggers for
// timers, and HTTP routes for providers.
import { type FunctionDeclaration, prefixesOf } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { webPaths } from '../webPaths'
import type { Cloud } from './cloud'
import { readFunction } from './functions'
import type { Run } from './run'

type Rules = Record<string, { invoke: unknown }>

/** Deploys the security rules of this project's functions. Does not change the rules of other functions. */
export async function deployFunctionRules(run: Run, declared: Rules): Promise<void> {
  const { cloud } = run
  const asked = { EnvId: cloud.envId, ResourceType: 'function' }
  const answer = await cloud.read<Permissions & { Data?: Permissions }>('tcb', 'DescribeResourcePermission', asked)
  const [found] = (answer.Data ?? answer).PermissionList ?? []
  const rules = rulesOf(found?.SecurityRule)
  const different = Object.keys(declared).filter((name) => rules[name]?.invoke !== declared[name]?.invoke)
  if (different.length === 0 && found?.Permission === 'CUSTOM') return
  await run.change(`set who may call functions: ${different.join(', ')}`, () =>
    cloud.write('tcb', 'ModifyResourcePermission', {
      ...asked,
      Permission: 'CUSTOM',
      SecurityRule: JSON.stringify({ ...rules, ...declared }),
    }),
  )
}

interface Permissions {
  PermissionList?: { Permission?: string; SecurityRule?: string }[] | null
}

function rulesOf(text: string | undefined): Rules {
  try {
    return JSON.parse(text || '{}') as Rules
  } catch {
    return {}
  }
}

const triggerName = 'clock'

export async function deployTrigger(run: Run, name: string, cron: string): Promise<void> {
  const { cloud } = run
  const triggers = ((await readFunction(cloud, name))?.Triggers ?? []).filter(({ Type }) => Type === 'timer')
  if (triggers.some(({ TriggerDesc }) => cronOf(TriggerDesc) === cron)) return
  const address = { FunctionName: name, Namespace: cloud.namespace }
  const old = triggers.find(({ TriggerName }) => TriggerName === triggerName)
  await run.change(
    `start ${name} by the clock: ${old ? `${cronOf(old.TriggerDesc)} becomes ` : ''}${cron}`,
    async () => {
      if (old) await cloud.write('scf', 'DeleteTrigger', { ...address, TriggerName: triggerName, Type: 'timer' })
      // Use the action BatchCreateTrigger, because Tencent's own SDK creates triggers with this action.
      await cloud.write('scf', 'BatchCreateTrigger', {
        ...address,
        Triggers: JSON.stringify([{ TriggerName: triggerName, Type: 'timer', TriggerDesc: cron }]),
        Count: 1,
      })
    },
  )
}

// CloudBase takes a plain cron expression, but returns the trigger as {"cron":"…"}.
function cronOf(description: string): string {
  try {
    return (JSON.parse(description) as { cron?: string }).cron ?? description
  } catch {
    return description
  }
}

interface Route {
  Path: string
  UpstreamResourceType: string
  UpstreamResourceName: string
  EnableAuth?: boolean
  /** true: the function sees the route as a part of the path */
  EnablePathTransmission?: boolean
  PathRewrite?: { StaticStorePrefix?: string } | null
  Enable?: boolean
}

interface Routes {
  Domains?: { Domain: string; IsDefault?: boolean; Enable?: boolean; Routes?: Route[] | null }[] | null
  OriginDomain?: string
}

const readRoutes = (cloud: Cloud) => cloud.read<Routes>('tcb', 'DescribeHTTPServiceRoute', { EnvId: cloud.envId })

/** The name of the website's function. Static hosting stores the website's files in a folder of the same name. */
export const website = 'web'

// The routes that we want. Pages and function must share one origin, because the function accepts a POST only from its
// own origin. So one address serves the files, and only the function's own paths go to the function.
function wantedRoutes(functions: Record<string, FunctionDeclaration>, hasFiles: boolean): Route[] {
  const open = { EnableAuth: false, Enable: true }
  return Object.entries(functions).flatMap(([name, declaration]): Route[] => {
    const [http, ...others] = prefixesOf(declaration)
    if (http === undefined) return []
    // Providers and browsers cannot sign in to CloudBase, so the route is open and the function checks each request.
    const route = { ...open, UpstreamResourceType: 'SCF', UpstreamResourceName: name }
    // A function with several paths must see which path was requested.
    const more = others.map((path) => ({ ...route, Path: path, EnablePathTransmission: true }))
    if (name !== website || !hasFiles) return [{ ...route, Path: http, EnablePathTransmission: false }, ...more]
    return [
      ...more,
      ...webPaths.map((path) => ({ ...route, Path: `${http}/${path}`, EnablePathTransmission: true })),
      {
        ...open,
        Path: http,
        UpstreamResourceType: 'STATIC_STORE',
        UpstreamResourceName: 'staticstore',
        EnablePathTransmission: false,
        PathRewrite: { StaticStorePrefix: `/${website}` },
      },
    ]
  })
}

/** Deploys the routes. @returns the address of HTTP access; undefined if the environment has no address yet */
export async function deployRoutes(
  run: Run,
  functions: Record<string, FunctionDeclaration>,
  hasFiles: boolean,
): Promise<string | undefined> {
  const { cloud } = run
  const { Domains, OriginDomain } = await readRoutes(cloud)
  const found = Domains?.find(({ IsDefault }) => IsDefault)
  const domain = found?.Domain ?? OriginDomain
  if (!domain) {
    run.leave(
      'not done: HTTP routes. The environment has no address for HTTP access yet. Switch it on in the CloudBase console (HTTP 访问服务 → 开启), and run the command again.',
    )
    return undefined
  }
  const write = (action: string, change: Record<string, unknown>) =>
    cloud.write('tcb', action, { EnvId: cloud.envId, Domain: { Domain: domain, ...change } })
  if (found?.Enable === false)
    await run.change(`switch HTTP access on at ${domain}`, () => write('ModifyHTTPServiceRoute', { Enable: true }))
  for (const wanted of wantedRoutes(functions, hasFiles)) {
    const { Path, UpstreamResourceName: name } = wanted
    const route = found?.Routes?.find((one) => one.Path === Path)
    if (!route)
      await run.change(`route ${Path} to ${name}`, () => write('CreateHTTPServiceRoute', { Routes: [wanted] }))
    else if (isOther(route, wanted)) await takeRoute(run, { route, wanted, isOurs: isOurs(functions, route) }, write)
  }
  return `https://${domain}`
}

const isOurs = (functions: Record<string, FunctionDeclaration>, { UpstreamResourceName, Path }: Route): boolean => {
  const declared = functions[UpstreamResourceName]
  return declared !== undefined && prefixesOf(declared).includes(Path)
}

const fields = [
  'UpstreamResourceType',
  'UpstreamResourceName',
  'EnableAuth',
  'EnablePathTransmission',
  'Enable',
] as const
const isOther = (route: Route, wanted: Route) =>
  fields.some((field) => (route[field] ?? false) !== wanted[field]) ||
  (wanted.PathRewrite?.StaticStorePrefix ?? '') !== (route.PathRewrite?.StaticStorePrefix ?? '')

async function takeRoute(
  run: Run,
  { route, wanted, isOurs }: { route: Route; wanted: Route; isOurs: boolean },
  write: (action: string, change: Record<string, unknown>) => Promise<void>,
): Promise<void> {
  const { Path, UpstreamResourceName: from } = route
  const to = wanted.UpstreamResourceName
  const what = from === to ? `set the route ${Path} right` : `route ${Path} to ${to} instead of ${from}`
  if (from !== to && !isOurs && !run.dryRun && !(await run.ask(`${what}?`)))
    return run.leave(`not done: ${what}. Run the command again in a terminal and answer yes.`)
  await run.change(what, () => write('ModifyHTTPServiceRoute', { Routes: [wanted] }))
}

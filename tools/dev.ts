// npm start: builds, then runs the whole product on this machine until it is stopped.
import './nodeVersion'
import { parseArgs } from 'node:util'
import { isAppError } from '../cloudfunctions/shared/domain/errors'
import type { OpenSettings } from '../cloudfunctions/shared/store/settings'
import { CannotStart } from '../packages/cloudbase-emulator/src'
import { buildFunctions } from './build'
import { nodeOf, runtimes } from './checks/nodeRuntimes'
import { lowPriority, readOverrides, startLocalCloud } from './localCloud'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '7300' },
      data: { type: 'string', default: '.local' },
      settings: { type: 'string' },
      // Node version for the functions, as on CloudBase
      runtime: { type: 'string' },
      // for tests: uses functions and pages that are already built, watches no files, and leaves the functions their
      // normal priority, so that tests also pass on a busy machine
      still: { type: 'boolean', default: false },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CannotStart('--port must be a number from 0 to 65535.')
  if (!values.still) await buildFunctions()
  const cloud = await startLocalCloud({
    port,
    dataDir: values.data,
    watch: !values.still,
    keepsPages: values.still,
    ...(!values.still && { functionPriority: lowPriority }),
    ...(values.runtime !== undefined && { nodePath: runtimePath(values.runtime) }),
    ...(values.settings !== undefined && { overrides: readOverrides(values.settings) }),
  })
  for (const { code, host } of realHosts(cloud.settings))
    console.error(
      `WARNING: the settings of ${code} name the real host ${host}. Money may move, and everybody on this machine can be the merchant here.`,
    )
  console.log(`Mini Cashier ready: ${cloud.url}`)
  const end = () => {
    cloud.close().finally(() => process.exit(0))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

// The addresses in the settings that are not on this machine. Such an address may be a real provider's server, while
// the servers on this machine are fake.
function realHosts(settings: OpenSettings): { code: string; host: string }[] {
  return [...settings].flatMap(([code, { fields }]) => {
    const { baseUrl } = (fields ?? {}) as { baseUrl?: unknown }
    if (code === 'shop' || typeof baseUrl !== 'string' || !URL.canParse(baseUrl)) return []
    const { hostname } = new URL(baseUrl)
    const isHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
    return isHere ? [] : [{ code, host: hostname }]
  })
}

function runtimePath(runtime: string): string {
  const path = nodeOf(runtime)
  if (path !== undefined) return path
  throw new CannotStart(
    runtimes.includes(runtime)
      ? `Node ${runtime} has no binary for this machine: npm has it for Linux on x64 only.`
      : `--runtime must be one of ${runtimes.join(', ')}.`,
  )
}

// For an unwritable folder or an unknown option the user gets a sentence without a stack trace.
function sentenceFor(error: unknown): string | undefined {
  if (error instanceof CannotStart || isAppError(error)) return error.message
  const { code = '', message, path } = error as NodeJS.ErrnoException
  if (code.startsWith('ERR_PARSE_ARGS')) return `${message} Known: --port, --data, --settings, --runtime.`
  if (path !== undefined && /^E[A-Z]+$/.test(code))
    return `${path} cannot be used (${code}). Choose another folder with --data DIR.`
  return undefined
}

// A failing write of the log (closed pipe, full disk) must not end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

main().catch((error: unknown) => {
  const sentence = sentenceFor(error)
  console.error(sentence === undefined ? error : `Mini Cashier cannot start. ${sentence}`)
  process.exit(1)
})

#!/usr/bin/env node
// cloudbase-emulator [start|init]: `start` runs a folder of cloud functions on this machine, `init` writes an example.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { CannotStart } from './failures'
import { startEmulator } from './index'
import { serveEmulator } from './server'

const usage = `cloudbase-emulator start [folder]   runs the functions in the folder [cloudfunctions]
cloudbase-emulator init [folder]    writes an example function into the folder [cloudfunctions]
  --port N      where it is reached [8080]; 0 takes a free one
  --data DIR    where the database is kept [.cloudbase]
  --env A=B     a variable of every function; may be given more than once`

const example = `const cloud = require('wx-server-sdk')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const visits = cloud.database().collection('visits')

exports.main = async ({ name = 'world' }) => {
  const { OPENID } = cloud.getWXContext()
  await visits.add({ data: { openid: OPENID, name } })
  const { total } = await visits.count()
  return { hello: name, visits: total }
}
`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '8080' },
      data: { type: 'string', default: '.cloudbase' },
      env: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  })
  const [command = 'start', folder = 'cloudfunctions'] = positionals
  if (values.help) return console.log(usage)
  if (command === 'init') return init(folder)
  if (command !== 'start') throw new CannotStart(`There is no command ${command}.\n${usage}`)
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CannotStart('--port must be a number from 0 to 65535.')
  await start({ folder, port, dataDir: values.data, environment: variables(values.env) })
}

function init(folder: string): void {
  const file = join(folder, 'hello/index.js')
  if (existsSync(file)) throw new CannotStart(`${file} is there already.`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, example)
  console.log(`Wrote ${file}. Next: cloudbase-emulator start`)
}

async function start(options: {
  folder: string
  port: number
  dataDir: string
  environment: Record<string, string>
}): Promise<void> {
  const { folder, port, dataDir, environment } = options
  const emulator = await startEmulator({ functionsDir: folder, dataDir, environment })
  const server = await serveEmulator(emulator, port).catch(async (error: unknown) => {
    await emulator.close()
    throw error
  })
  console.log(`CloudBase emulator ready: ${server.url}`)
  console.log(`Call a function: curl -X POST ${server.url}/call/NAME -H 'content-type: application/json' -d '{}'`)
  const end = (): void => {
    server
      .close()
      .then(() => emulator.close())
      .finally(() => process.exit(0))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

function variables(given: string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf('=')
      if (at < 1) throw new CannotStart(`--env ${one}: write NAME=VALUE.`)
      return [one.slice(0, at), one.slice(at + 1)]
    }),
  )
}

main().catch((error: unknown) => {
  const isUsage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  if (error instanceof CannotStart) console.error(error.message)
  else console.error(isUsage && error instanceof Error ? `${error.message}\n${usage}` : error)
  process.exit(1)
})

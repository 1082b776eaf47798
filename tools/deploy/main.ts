// npm run deploy: sets up the shop in a CloudBase environment, or updates it there.
import '../nodeVersion'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { providers } from '../../cloudfunctions/shared/providers'
import { readDatabaseFile, readFunctionsFile } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { misused, understood } from '../commandLine'
import { Stopped } from './cloud'
import { deploy } from './deploy'

const usage = `npm run deploy -- --env ID [--dry-run] [--rollback]
  --env ID      the CloudBase environment
  --region R    where the environment lies [ap-shanghai]
  --dry-run     prints each change, and makes none
  --rollback    puts back the code that stood there before the last deployment
Needs TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY. docs/deploy.md says how to get them, and what only a person can do.
A second run makes no change; one that was broken off goes on. HTTPS_PROXY is used where it is set.`

async function main(): Promise<void> {
  const { values } = understood(usage, () =>
    parseArgs({
      options: {
        env: { type: 'string' },
        region: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        rollback: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  if (!values.env) misused('Name the environment: --env ID.', usage)
  const root = resolve(__dirname, '../..')
  const functionsDir = resolve(root, 'dist/cloudfunctions')
  const webDir = resolve(root, 'dist/web')
  const secretId = variable('TENCENTCLOUD_SECRETID')
  const secretKey = variable('TENCENTCLOUD_SECRETKEY')
  if (!values.rollback) build(root)
  const { changes, left } = await deploy({
    envId: values.env,
    region: values.region,
    secretId,
    secretKey,
    token: process.env.TENCENTCLOUD_SESSIONTOKEN,
    proxy: process.env.HTTPS_PROXY || process.env.https_proxy || undefined,
    dryRun: values['dry-run'],
    functionsDir,
    functions: readFunctionsFile(functionsDir),
    collections: readDatabaseFile(functionsDir) ?? {},
    webDir: existsSync(webDir) ? webDir : undefined,
    functionRules: JSON.parse(readFileSync(join(functionsDir, 'functionRules.json'), 'utf8')) as Record<
      string,
      { invoke: unknown }
    >,
    // Leave out virtual payment, because WeChat reports it through WeChat's message push and not through a provider
    // webhook.
    providers: providers
      .filter(({ channels }) => channels.some(({ kind }) => kind !== 'virtual'))
      .map(({ code }) => code),
    rollback: values.rollback,
    isPublic: Boolean(process.env.CI),
    cashierKey: process.env.CASHIER_KEY,
    database: { envId: values.env },
    say: (line) => console.log(line),
    ask,
    pause: setTimeout,
  })
  const counted = `${changes} ${changes === 1 ? 'change' : 'changes'}`
  console.log(values['dry-run'] ? `${counted} to make. Nothing was written.` : counted)
  if (left.length > 0) process.exitCode = 1
}

// Runs npm run build first, so that the deployed functions and website are current.
function build(root: string): void {
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'tools/build.ts'], { cwd: root, stdio: 'inherit' })
  if (built.status !== 0) throw new Stopped('The build failed. Nothing was deployed.')
}

function variable(name: string): string {
  const value = process.env[name]
  if (!value) throw new Stopped(`${name} must be set. docs/deploy.md says where to get it.`)
  return value
}

async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await lines.question(`${question} [y/N] `)
  lines.close()
  return /^y(es)?$/i.test(answer.trim())
}

main().catch((error: unknown) => {
  console.error(error instanceof Stopped ? error.message : error)
  process.exitCode = 1
})

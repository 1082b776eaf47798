// Tests the parts of wx-server-sdk that a payment rarely needs: a cold start does not load them, and they still work
// when they are needed.
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { deferParts } from '../../tools/deferredParts'

const root = resolve(__dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-parts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const bundle = (contents: string, outfile: string, resolveDir = root) =>
  build({
    stdin: { contents, resolveDir },
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    plugins: [deferParts()],
    outfile,
    logLevel: 'silent',
  })

/** Runs a script in a new process with the environment of a cloud function. @returns the JSON that it prints last */
function run(file: string, input: object = {}): Record<string, unknown> {
  const { stdout, stderr } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    input: JSON.stringify(input),
    env: { PATH: process.env.PATH ?? '', TENCENTCLOUD_RUNENV: 'SCF', TCB_CONTEXT_CNFG: '{"URL":"http://127.0.0.1:9"}' },
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
}

it('a function that starts does not load Node’s fetch, which the SDK’s data models need and we do not', async () => {
  const file = join(folder, 'start.js')
  await bundle(
    `import * as cloud from 'wx-server-sdk'
     cloud.init({ env: 'local' })
     cloud.database().collection('orders')
     const fetches = process.moduleLoadList.filter((name) => name.includes('undici'))
     console.log(JSON.stringify({ fetches }))`,
    file,
  )
  expect(run(file).fetches).toEqual([])
})

it('each deferred part works when it is used', async () => {
  const file = join(folder, 'use.js')
  await bundle(
    `import * as cloud from 'wx-server-sdk'
     import tcb from '@cloudbase/node-sdk'
     import { readFileSync } from 'node:fs'
     const { key } = JSON.parse(readFileSync(0, 'utf8'))
     const app = tcb.init({ env: 'local', secretId: 'one', secretKey: 'two',
       credentials: { private_key_id: 'k', private_key: key, env_id: 'local' } })
     const FormData = require('form-data')
     const form = new FormData()
     form.append('file', Buffer.from('x'), { filename: 'a.png' })
     console.log(JSON.stringify({
       ticket: app.auth().createTicket('someone'),
       generates: typeof app.ai().createModel('hunyuan-exp').generateText,
       query: typeof app.models.$runSQL,
       table: typeof app.rdb().from('orders').select,
       form: form.getBuffer().toString(),
     }))
     process.exit(0)`,
    file,
  )
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const said = run(file, { key: privateKey.export({ type: 'pkcs1', format: 'pem' }) })
  const [, claims = ''] = String(said.ticket).split('/@@/').at(-1)?.split('.') ?? []
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ uid: 'someone', env: 'local' })
  expect(said).toMatchObject({ generates: 'function', query: 'function', table: 'function' })
  expect(said.form).toContain('Content-Type: image/png')
})

it('the build fails when the SDK no longer requires a deferred part, and not for code without the SDK', async () => {
  const sdk = join(folder, 'other/node_modules/wx-server-sdk')
  mkdirSync(sdk, { recursive: true })
  writeFileSync(join(sdk, 'index.js'), 'exports.init = () => undefined')
  await expect(
    bundle("require('wx-server-sdk').init()", join(folder, 'none.js'), join(folder, 'other')),
  ).rejects.toThrow('wx-server-sdk no longer requires jsonwebtoken in @cloudbase/node-sdk/dist/auth/index.js')
  await bundle("console.log('no SDK')", join(folder, 'none.js'))
})

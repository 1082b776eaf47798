// npm run settings: lists the encrypted settings of a local cloud or of a real environment, with the secrets masked,
// and stores and removes them. Also prints the code with which the first owner claims the shop.
import './nodeVersion'
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { AppError, isAppError } from '../cloudfunctions/shared/domain/errors'
import { isSameAccount, providers } from '../cloudfunctions/shared/providers'
import { isSecretField } from '../cloudfunctions/shared/providers/signing'
import { checkReal } from '../cloudfunctions/shared/runtime/realSettings'
import { type Fields, fieldsOf, parseSettings, shopSchema } from '../cloudfunctions/shared/runtime/settingsSchema'
import { newCode, putSettings, readSettings, switchOff } from '../cloudfunctions/shared/store/settings'
import { putClaim } from '../cloudfunctions/shared/store/staff'
import { CannotStart } from '../packages/cloudbase-emulator/src'
import { misused, understood } from './commandLine'
import { localPlace, type Place, realPlace } from './settingsPlace'

const usage = `npm run settings -- list
npm run settings -- put <code> <file.json>     replaces the settings of one code: ${['shop', ...providers.map(({ code }) => code)].join(', ')}
npm run settings -- remove <code>
npm run settings -- claim                      prints a code that makes whoever enters it an owner, once, within an hour
  --data DIR    the local cloud's folder [.local]
  --env ID      a real CloudBase environment; needs TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY and CASHIER_KEY
The running functions take changes up within a minute.`

const verbs = ['list', 'put', 'remove', 'claim']

async function main(): Promise<void> {
  const { values, positionals } = understood(usage, () =>
    parseArgs({
      allowPositionals: true,
      options: {
        data: { type: 'string', default: '.local' },
        env: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  const [verb, code = '', file = ''] = positionals
  if (verb === undefined) return console.log(usage)
  if (!verbs.includes(verb)) misused(`${verb} is not known. Known: ${verbs.join(', ')}.`, usage)
  if (verb === 'put' && file === '') misused('put needs a code and a file.', usage)
  if (verb === 'remove' && code === '') misused('remove needs a code.', usage)
  const place = values.env === undefined ? await localPlace(values.data) : await realPlace(values.env)
  try {
    if (verb === 'list') await list(place)
    if (verb === 'put') await put(place, code, file)
    if (verb === 'claim') await claim(place)
    if (verb === 'remove')
      console.log((await switchOff(place.db, code, { now: place.now() })) ? `${code}: off` : `${code}: there were none`)
  } finally {
    await place.close()
  }
}

async function list({ db, keys }: Place): Promise<void> {
  for (const [code, { fields, seeded }] of await readSettings(db, keys)) {
    console.log(`${code}${seeded ? ' (sandbox)' : ''}`)
    for (const [name, value] of linesOf(fields as Fields)) console.log(`  ${name}: ${shown(code, name, value)}`)
  }
}

// Names and values of settings. A field inside a group has a name such as limits.openOrders.
const linesOf = (fields: Fields): [name: string, value: unknown][] =>
  Object.entries(fields).flatMap(([name, value]): [string, unknown][] =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? linesOf(value as Fields).map(([below, one]) => [`${name}.${below}`, one])
      : [[name, value]],
  )

// Never show any part of a secret, because a part of a short key would reveal much of it. Show only whether the secret
// is set.
function shown(code: string, name: string, value: unknown): string {
  const schema = schemaOf(code)
  const [, field] = (schema && fieldsOf(schema).find(([known]) => known === name)) ?? []
  return field && !isSecretField(field) ? (String(value).split('\n')[0] ?? '') : '••••'
}

const schemaOf = (code: string) => (code === 'shop' ? shopSchema : providers.find((one) => one.code === code)?.settings)

async function put({ db, keys, now, isReal }: Place, code: string, file: string): Promise<void> {
  const schema = schemaOf(code)
  if (!schema)
    throw new AppError('BadInput', `${code} is not a code. Known: shop, ${providers.map((one) => one.code).join(', ')}`)
  if (!existsSync(file)) throw new AppError('BadInput', `${file} does not exist`)
  let fields: unknown
  try {
    fields = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new AppError('BadInput', `${file} is not JSON`)
  }
  parseSettings(code, schema, fields)
  const { leastKeyBits } = providers.find((one) => one.code === code) ?? {}
  if (isReal) checkReal({ code, schema, leastKeyBits }, fields as Fields)
  await putSettings(db, keys, { code, fields, seeded: false, now: now(), isSameAccount: isSameAccount(code) })
  console.log(`${code}: stored`)
}

async function claim({ db, now }: Place): Promise<void> {
  const code = newCode()
  const expiresAt = await putClaim(db, code, now())
  console.log(
    `${code}\nIn the mini-program, open 我的 (Me), tap 店员入口 (Staff sign-in), and enter it there before ${new Date(expiresAt).toLocaleTimeString()}. It works once.`,
  )
}

main().catch((error: unknown) => {
  console.error(error instanceof CannotStart || isAppError(error) ? error.message : error)
  process.exitCode = 1
})

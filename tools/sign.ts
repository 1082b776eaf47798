// npm run sign: the signature doctor. Prints the exact text that a provider signs for a message. If the signature does
// not fit, tries typical mistakes to find out why.
import './nodeVersion'
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isAppError } from '../cloudfunctions/shared/domain/errors'
import { findProvider, providers } from '../cloudfunctions/shared/providers'
import { readSettings } from '../cloudfunctions/shared/store/settings'
import { CannotStart } from '../packages/cloudbase-emulator/src'
import { misused, understood } from './commandLine'
import { consult } from './doctor/consult'
import { DoctorError, type Settings } from './doctor/doctor'
import { parsedJson } from './doctor/message'
import { localPlace } from './settingsPlace'

const usage = `npm run sign -- <provider> [FILE]     the message is in FILE, or comes by standard input
  providers: ${providers.map(({ code }) => code).join(', ')}
  --settings FILE    { …fields } or { "<provider>": { …fields } }; without it those of the local cloud
  --data DIR         the local cloud's folder [.local]
  --key FILE         one more key or secret that may have been used
A message is an HTTP request or reply with its headers, headers and a body, an address, a form, or JSON.`

async function main(): Promise<void> {
  const { values, positionals } = understood(usage, () =>
    parseArgs({
      allowPositionals: true,
      options: {
        settings: { type: 'string' },
        data: { type: 'string', default: '.local' },
        key: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  const [code, file] = positionals
  if (code === undefined) return console.log(usage)
  if (!findProvider(code)) misused(`${code} is not a provider.`, usage)
  if (file === undefined && process.stdin.isTTY) return console.log(usage)
  const settings =
    values.settings === undefined ? await localSettings(code, values.data) : fileSettings(code, values.settings)
  const extra = values.key === undefined ? undefined : { name: 'the key of --key', value: readText(values.key).trim() }
  console.log(consult(code, readText(file ?? 0), settings, extra))
}

async function localSettings(code: string, data: string): Promise<Settings> {
  const place = await localPlace(data)
  try {
    const found = (await readSettings(place.db, place.keys)).get(code)
    if (!found) throw new DoctorError(`the local cloud in ${data} has no settings for ${code}`)
    return found.fields as Settings
  } finally {
    await place.close()
  }
}

function fileSettings(code: string, file: string): Settings {
  const all = parsedJson(readText(file))
  if (!all) throw new DoctorError(`${file} is not a JSON object`)
  const own = all[code]
  return typeof own === 'object' && own !== null ? (own as Settings) : all
}

function readText(file: string | 0): string {
  if (file !== 0 && !existsSync(file)) throw new DoctorError(`${file} does not exist`)
  return readFileSync(file, 'utf8')
}

main().catch((error: unknown) => {
  const isSaid = error instanceof DoctorError || error instanceof CannotStart || isAppError(error)
  console.error(isSaid ? error.message : error)
  process.exitCode = 1
})

// Tests the contents of dist/ after the build: each function as CloudBase deploys it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDatabaseFile, readFunctionsFile } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { newFolder, removeFolders } from '../../packages/cloudbase-emulator/test/localCloud'
import { buildFunctions } from '../../tools/build'

afterAll(removeFolders)

const source = join(__dirname, '../../packages/cloudbase-emulator/test/fixtures/cloudfunctions')

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

test('each function is complete, with its time-out and trigger', async () => {
  const target = newFolder()
  await buildFunctions(source, target)
  expect(readJson(join(target, 'tick/config.json'))).toMatchObject({
    timeout: 5,
    triggers: [{ name: 'clock', type: 'timer', config: '0 * * * * * *' }],
  })
  expect(readJson(join(target, 'echo/config.json'))).toMatchObject({ timeout: 2, triggers: [] })
  expect(readJson(join(target, 'echo/package.json'))).toMatchObject({ main: 'index.js' })
  const { main } = require(join(target, 'echo/index.js')) as { main(event: object, context: object): Promise<unknown> }
  await expect(main({ answer: 5 }, {})).resolves.toBe(5)
})

test('a function that no longer exists is removed from dist', async () => {
  const target = newFolder()
  mkdirSync(join(target, 'old'))
  await buildFunctions(source, target)
  expect(existsSync(join(target, 'old'))).toBe(false)
})

test('a function without a declaration, and a wrong declaration, are refused', async () => {
  const own = newFolder()
  mkdirSync(join(own, 'extra'))
  writeFileSync(join(own, 'extra/index.ts'), 'export const main = () => 1')
  writeFileSync(join(own, 'functions.json'), '{}')
  writeFileSync(join(own, 'database.json'), '{}')
  await expect(buildFunctions(own, newFolder())).rejects.toThrow('extra')
  writeFileSync(join(own, 'functions.json'), '{"extra":{"timeoutSeconds":"5"}}')
  await expect(buildFunctions(own, newFolder())).rejects.toThrow(/functions.json.*extra/)
})

test('a function for providers or for the clock that clients may call is refused', async () => {
  const own = newFolder()
  mkdirSync(join(own, 'door'))
  writeFileSync(join(own, 'door/index.ts'), 'export const main = () => 1')
  writeFileSync(join(own, 'functions.json'), '{"door":{"timeoutSeconds":5,"memoryMb":128,"http":"/door"}}')
  writeFileSync(join(own, 'database.json'), '{}')
  writeFileSync(join(own, 'functionRules.json'), '{"*":{"invoke":"auth != null"}}')
  await expect(buildFunctions(own, newFolder())).rejects.toThrow('lets clients call door')
  writeFileSync(join(own, 'functionRules.json'), '{"door":{"invoke":false}}')
  await expect(buildFunctions(own, newFolder())).rejects.toThrow('no rule "*"')
  const target = newFolder()
  writeFileSync(join(own, 'functionRules.json'), '{"*":{"invoke":true},"door":{"invoke":false}}')
  await buildFunctions(own, target)
  expect(readJson(join(target, 'functionRules.json'))).toEqual({ '*': { invoke: true }, door: { invoke: false } })
})

test('only functions that serve staff build the schemas of the staff actions when they start', async () => {
  const target = newFolder()
  await buildFunctions(undefined, target)
  // Search for a schema that only the staff actions use: the schema of the code by which a browser signs in.
  const serving = ['admin', 'contract', 'notify', 'order', 'timer', 'web'].filter((name) =>
    readFileSync(join(target, name, 'index.js'), 'utf8').includes('[2-9B-DF-HJ-NP-TV-Z]{8}'),
  )
  expect(serving).toEqual(['admin', 'web'])
})

test('the project’s own declarations are valid', () => {
  const own = join(__dirname, '../../cloudfunctions')
  expect(Object.keys(readFunctionsFile(own))).toEqual(expect.arrayContaining(['order', 'notify', 'timer']))
  expect(Object.keys(readDatabaseFile(own) ?? {})).toEqual(
    expect.arrayContaining(['orders', 'jobs', 'notices', 'settings']),
  )
})

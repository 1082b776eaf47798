// Tests that writes which the emulator has confirmed survive kill -9, and that the error about an unusable data folder
// says what to do.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'libsql'
import { createDatabase } from '../src/database/database'
import { openStorage } from '../src/database/storage'
import { builtFunctions, type LocalCloud, newFolder, removeFolders, startLocalCloud } from './localCloud'

afterAll(removeFolders)

/**
 * Starts a process that writes until it is killed.
 * @returns the number of the last acknowledged write
 */
async function writeUntilKilled(dataDir: string, writes: number): Promise<number> {
  const task = ['write', dataDir, await builtFunctions()]
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'victim.ts'), ...task], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: join(__dirname, '../../..'),
  })
  let last = -1
  let count = 0
  return new Promise((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      for (const [, n] of String(data).matchAll(/kept (\d+)\n/g)) {
        last = Number(n)
        if (++count === writes) child.kill('SIGKILL')
      }
    })
    child.on('close', () => resolve(last))
  })
}

test('after kill -9 every acknowledged write is there, and the next start works', async () => {
  const dataDir = newFolder()
  for (const writes of [25, 60]) {
    const last = await writeUntilKilled(dataDir, writes)
    const { emulator } = await startLocalCloud({ dataDir })
    expect(last).toBeGreaterThanOrEqual(writes - 1)
    for (let n = 0; n <= last; n++) {
      expect(emulator.database.get('things', `w${n}`)).toMatchObject({ version: 2 })
      expect(emulator.database.find('things', { where: { keys: `k${n}` } })).toHaveLength(1)
    }
    await emulator.close()
  }
})

test('writes of one turn share a commit, and a refused write undoes no other write', async () => {
  const dataDir = newFolder()
  const open = () => openStorage(dataDir, undefined)
  const storage = open()
  const things = storage.collectionOf('things')
  const insert = (_id: string) => storage.insert(things, { _id }, JSON.stringify({ _id }))
  insert('a')
  expect(() => insert('a')).toThrow('duplicate key')
  expect(() =>
    storage.atomically(() => {
      insert('b')
      insert('a')
    }),
  ).toThrow('duplicate key')
  storage.atomically(() => insert('c'))
  await storage.kept()
  insert('d')
  storage.close()
  const again = open()
  const there = ['a', 'b', 'c', 'd'].filter((id) => again.read(again.collectionOf('things'), id) !== undefined)
  expect(there).toEqual(['a', 'c', 'd'])
  again.close()
})

describe('a data folder that cannot be used', () => {
  test('is in use by another emulator: the error says to stop it or to take another folder', async () => {
    const running = await startLocalCloud()
    const { dataDir } = running.options
    await expect(startLocalCloud({ dataDir })).rejects.toThrow(/in use by another running emulator.*--data/)
    await running.end()
  })

  test('can be used as soon as the other emulator has closed', async () => {
    const { emulator, options } = await startLocalCloud()
    emulator.database.insert('things', { _id: 'a' })
    await emulator.close()
    const again = await startLocalCloud({ dataDir: options.dataDir })
    expect(again.emulator.database.get('things', 'a')).toEqual({ _id: 'a' })
    await again.end()
  })

  test('contains a file that is no database', async () => {
    const dataDir = newFolder()
    writeFileSync(join(dataDir, 'cloud.sqlite'), 'a letter to my aunt '.repeat(300))
    await expect(startLocalCloud({ dataDir })).rejects.toThrow(/not written by this version.*--data/)
    expect(readFileSync(join(dataDir, 'cloud.sqlite'), 'utf8')).toContain('aunt')
  })

  test('contains another program’s database', async () => {
    const dataDir = newFolder()
    const other = new Sqlite(join(dataDir, 'cloud.sqlite'))
    other.exec('CREATE TABLE mine (a)')
    other.close()
    await expect(startLocalCloud({ dataDir })).rejects.toThrow(/not written by this version.*--data/)
  })

  test('contains a damaged database', async () => {
    const { emulator, options } = await startLocalCloud()
    emulator.database.insert('things', ...Array.from({ length: 300 }, (_, n) => ({ n, text: 'x'.repeat(500) })))
    await emulator.close()
    const file = join(options.dataDir, 'cloud.sqlite')
    const bytes = readFileSync(file)
    bytes.fill(0xa5, 8192, bytes.length - 4096)
    writeFileSync(file, bytes)
    await expect(startLocalCloud({ dataDir: options.dataDir })).rejects.toThrow(/damaged.*empty/)
  })

  test('is a file', async () => {
    const file = join(newFolder(), 'file')
    writeFileSync(file, '')
    await expect(startLocalCloud({ dataDir: file })).rejects.toThrow(/cannot be used.*--data/)
  })
})

test('a port in use ends with a clear sentence', async () => {
  const running: LocalCloud = await startLocalCloud()
  const port = Number(new URL(running.emulator.adminUrl).port)
  const dataDir = newFolder()
  await expect(startLocalCloud({ port, dataDir })).rejects.toThrow(new RegExp(`Port ${port} .*in use`))
  // The folder can be used again after the first emulator was closed.
  const other = await startLocalCloud({ dataDir })
  await other.end()
  await running.end()
})

test('functions that were not built end with a clear sentence', async () => {
  await expect(startLocalCloud({ functionsDir: newFolder() })).rejects.toThrow(/npm run build/)
})

test('a newly declared index finds the documents that are already there', () => {
  const dataDir = newFolder()
  const declared = (indexes: { name: string; fields: string[]; array?: boolean }[]) => ({
    things: { acl: 'ADMINONLY' as const, indexes },
  })
  const first = openStorage(dataDir, declared([]))
  const document = { _id: 'a', keys: ['k'], flag: true }
  first.insert(first.collectionOf('things'), document, JSON.stringify(document))
  first.close()
  const second = openStorage(
    dataDir,
    declared([
      { name: 'keys', fields: ['keys'], array: true },
      { name: 'flag', fields: ['flag'] },
    ]),
  )
  const things = second.collectionOf('things')
  expect(
    second.select(things, `WHERE id IN (SELECT id FROM ${things.arrays.get('keys')} WHERE value = ?)`, ['k']),
  ).toHaveLength(1)
  expect(things.odd.has('flag')).toBe(true)
  second.close()
  expect(existsSync(join(dataDir, 'cloud.sqlite-wal'))).toBe(false)
})

test('a folder whose indexes are expressions, as earlier versions wrote it, is read and written', () => {
  const dataDir = newFolder()
  const declaration = { acl: 'ADMINONLY' as const, indexes: [{ name: 'state', fields: ['state', '-_id'] }] }
  const first = openStorage(dataDir, { things: { acl: 'ADMINONLY', indexes: [] } })
  for (const _id of ['a', 'b']) {
    const document = { _id, state: 'open' }
    first.insert(first.collectionOf('things'), document, JSON.stringify(document))
  }
  first.close()
  const file = new Sqlite(join(dataDir, 'cloud.sqlite'))
  file.exec(`CREATE INDEX "i:things:state" ON "c:things" (json_extract(doc,'$.state'), id DESC)`)
  file.prepare('UPDATE collections SET declaration = ?').run([JSON.stringify(declaration)])
  file.close()
  const second = openStorage(dataDir, { things: declaration })
  const database = createDatabase(second)
  expect(
    database.modify('things', { where: { state: 'open', _id: 'b' }, change: { $set: { state: 'paid' } } }),
  ).toEqual({ updated: 1, upsertedId: null })
  expect(database.find('things', { where: { state: 'open' } }).map(({ _id }) => _id)).toEqual(['a'])
  expect(database.find('things', { where: { state: 'paid' } }).map(({ _id }) => _id)).toEqual(['b'])
  second.close()
})

test('a folder with many documents gets a new index', () => {
  const dataDir = newFolder()
  const declared = (indexes: { name: string; fields: string[] }[]) => ({
    things: { acl: 'ADMINONLY' as const, indexes },
  })
  const first = openStorage(dataDir, declared([]))
  const count = 4_500
  createDatabase(first).insert('things', ...Array.from({ length: count }, (_, n) => ({ _id: `w${n}`, n })))
  first.close()
  const second = openStorage(dataDir, declared([{ name: 'n', fields: ['n'] }]))
  expect(createDatabase(second).count('things', { n: { $gte: 0 } })).toBe(count)
  expect(createDatabase(second).find('things', { where: { n: count - 1 } })).toEqual([
    { _id: `w${count - 1}`, n: count - 1 },
  ])
  second.close()
})

test('a refused write does not make the database forget which fields SQL must not compare', () => {
  const dataDir = newFolder()
  const open = () => openStorage(dataDir, { things: { acl: 'ADMINONLY', indexes: [{ name: 'a', fields: ['a'] }] } })
  const first = open()
  const database = createDatabase(first)
  database.insert('things', { _id: 'a' })
  expect(() => database.insert('things', { _id: 'a', a: true })).toThrow('duplicate key')
  database.insert('things', { _id: 'b', a: true })
  first.close()
  const second = open()
  expect(createDatabase(second).count('things', { a: 1 })).toBe(0)
  second.close()
})

test('a unique index tells values apart that JSON would write alike', () => {
  const indexes = [{ name: 'v', fields: ['v'], unique: true }]
  const storage = openStorage(newFolder(), { things: { acl: 'ADMINONLY', indexes } })
  const database = createDatabase(storage)
  for (const v of [null, Number.NaN, /a/, /b/, {}, [Number.NaN], [null]]) database.insert('things', { v })
  expect(() => database.insert('things', { v: /b/ })).toThrow('duplicate key')
  expect(() => database.insert('things', {})).toThrow('duplicate key')
  storage.close()
})

test('indexed fields whose names differ only in case are two fields', () => {
  const storage = openStorage(newFolder(), {
    things: {
      acl: 'ADMINONLY',
      indexes: [
        { name: 'upper', fields: ['paidAt'] },
        { name: 'lower', fields: ['paidat'] },
      ],
    },
  })
  const database = createDatabase(storage)
  database.insert('things', { _id: 'a', paidAt: 1, paidat: 2 })
  expect(database.count('things', { paidAt: 1, paidat: 2 })).toBe(1)
  expect(database.count('things', { paidAt: 2 })).toBe(0)
  storage.close()
})

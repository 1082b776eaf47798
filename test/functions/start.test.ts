// Tests that npm start, when it cannot start, prints what the developer must do and leaves the data folder unchanged.
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { launch, startCloud } from '../support/startCloud'

const root = resolve(__dirname, '../..')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mini-cashier-start-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function refused(args: string[], env: Record<string, string> = {}): string {
  const run = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'tools/dev.ts', '--still', '--port', '0', '--data', folder, ...args],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, ...env },
    },
  )
  expect(run.status).toBe(1)
  return run.stderr
}

const settings = (content: string): string[] => {
  const file = join(folder, 'settings.json')
  writeFileSync(file, content)
  return ['--settings', file]
}

describe('npm start refuses', () => {
  it('incomplete and unreadable settings, naming the fields and not their content', () => {
    const half = refused(settings('{"midas":{"offerId":null,"offerKey":"s3cret-of-mine"}}'))
    expect(half).toContain('settings of midas: missing or wrong: offerId')
    expect(half).not.toContain('s3cret-of-mine')
    rmSync(folder, { recursive: true })
    folder = mkdtempSync(join(tmpdir(), 'mini-cashier-start-'))
    expect(refused(settings('{"midas":{"privateKey":"no key at all"}}'))).toContain(
      'settings of midas: missing or wrong: privateKey',
    )
  })

  it('a settings file that is missing or is not an object of objects', () => {
    expect(refused(['--settings', join(folder, 'none.json')])).toContain('does not exist')
    expect(refused(settings('{"midas":1}'))).toContain('It must hold')
    expect(refused(settings('{'))).toContain('It must hold')
  })

  it('an invalid CASHIER_KEY', () => {
    expect(refused([], { CASHIER_KEY: 'c2hvcnQ=' })).toContain('CASHIER_KEY must be 32 bytes in base64')
  })

  it('a CASHIER_KEY with which the settings were not encrypted, until the right one is given', async () => {
    const first = Buffer.alloc(32, 1).toString('base64')
    const second = Buffer.alloc(32, 2).toString('base64')
    const args = ['--port', '0', '--data', folder]
    const { child } = await launch(args, { CASHIER_KEY: first })
    child.kill('SIGKILL')
    expect(refused([], { CASHIER_KEY: second })).toContain('CASHIER_KEY is not the key')
    const rotated = await launch(args, { CASHIER_KEY: second, CASHIER_KEY_OLD: first })
    rotated.child.kill('SIGKILL')
  })

  it('a port in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((ready) => taken.once('listening', ready))
    const port = (taken.address() as { port: number }).port
    expect(refused(['--port', String(port)])).toContain(`Port ${port} is in use`)
    await new Promise((closed) => taken.close(closed))
    expect(refused(['--port', 'eighty'])).toContain('--port must be a number')
    expect(refused(['--prot', '80'])).toContain('Known: --port, --data, --settings')
  })

  it('a data folder that is broken, is no folder, or is in use', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, 'x')
    const { stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'tools/dev.ts', '--still', '--port', '0', '--data', file],
      { cwd: root, encoding: 'utf8' },
    )
    expect(stderr).toContain('cannot start')
    expect(stderr).not.toContain('    at ')
    const cloud = await startCloud()
    const other = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'tools/dev.ts', '--still', '--port', '0', '--data', cloud.dataDir],
      { cwd: root, encoding: 'utf8' },
    )
    expect(other.status).toBe(1)
    expect(other.stderr).not.toContain('    at ')
    await cloud.stop()
  })
})

describe('access to local data', () => {
  it('only the user who started it can read the data folder and its files, also if an earlier start left them open', async () => {
    const args = ['--port', '0', '--data', folder]
    const first = await launch(args)
    first.child.kill('SIGKILL')
    expect(openToOthers(folder)).toEqual([])
    chmodSync(folder, 0o755)
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o755)
    const second = await launch(args)
    second.child.kill('SIGKILL')
    expect(openToOthers(folder)).toEqual([])
  })
})

function openToOthers(path: string): string[] {
  const { mode } = statSync(path)
  const own = (mode & 0o077) === 0 ? [] : [path]
  return statSync(path).isDirectory()
    ? [...own, ...readdirSync(path).flatMap((name) => openToOthers(join(path, name)))]
    : own
}

it('npm start warns clearly if the settings contain a real provider’s host', async () => {
  const args = ['--port', '0', '--data', folder, ...settings('{"unified":{"baseUrl":"https://pay.example.com"}}')]
  const { child, said } = await launch(args)
  expect(said).toMatch(/WARNING: the settings of unified name the real host pay\.example\.com/)
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  await ended
})

it('npm start continues when the reader of its log stops', async () => {
  const { child, url } = await launch(['--port', '0', '--data', folder])
  child.stdout?.destroy()
  child.stderr?.destroy()
  for (let call = 0; call < 3; call++) {
    const reply = await fetch(`${url}/notify/nobody`, { method: 'POST', body: 'x' })
    expect(reply.status).toBe(404)
  }
  expect((await fetch(`${url}/local/clock`)).status).toBe(200)
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await ended
})

// Linux answers every write to /dev/full as a full disk would.
const full = '/dev/full'

it('npm start goes on when the disk under its log is full', async () => {
  expect(existsSync(full)).toBe(process.platform === 'linux')
  if (!existsSync(full)) return
  const log = openSync(full, 'w')
  const args = ['--import', 'tsx', 'tools/dev.ts', '--still', '--port', '0', '--data', folder]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', log, log] })
  const ended = new Promise((done) => child.once('exit', done))
  closeSync(log)
  const running = join(folder, 'running.json')
  // Waits until the server answers, because a server that is still starting refuses connections.
  const answered = async (): Promise<string> => {
    for (let look = 0; look < 200 && child.exitCode === null; look++) {
      await new Promise((later) => setTimeout(later, 300))
      if (!existsSync(running)) continue
      const { url } = JSON.parse(readFileSync(running, 'utf8')) as { url: string }
      const reply = await fetch(`${url}/local/clock`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
      if (reply?.status === 200) return url
    }
    throw new Error('it did not start')
  }
  try {
    const reply = await fetch(`${await answered()}/notify/nobody`, { method: 'POST', body: 'x' })
    expect(reply.status).toBe(404)
    expect(child.exitCode).toBeNull()
  } finally {
    child.kill('SIGKILL')
    await ended
  }
})

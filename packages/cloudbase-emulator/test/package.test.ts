// Installs the published package into an empty folder and runs it with the three lines of its README.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { newFolder, removeFolders } from './localCloud'

const home = join(__dirname, '..')
const children: ChildProcess[] = []

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  removeFolders()
})

/** The three command lines of the README. */
const lines = (): string[] =>
  /```sh\n([^`]*)```/
    .exec(readFileSync(join(home, 'README.md'), 'utf8'))?.[1]
    ?.trim()
    .split('\n') ?? []

// Does the same as the README's first line, but without a registry: installs the packed package, its bin and its
// dependencies.
function install(folder: string): void {
  const packed = newFolder()
  execFileSync('npm', ['pack', '--pack-destination', packed], { cwd: home, stdio: 'pipe' })
  const own = join(folder, 'node_modules/cloudbase-emulator')
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  mkdirSync(own)
  execFileSync('tar', ['-xzf', join(packed, readdirSync(packed)[0] ?? ''), '-C', own, '--strip-components', '1'])
  const { dependencies } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const name of [...Object.keys(dependencies), 'wx-server-sdk'])
    symlinkSync(folderOf(name), join(folder, 'node_modules', name))
  symlinkSync('../cloudbase-emulator/dist/cli.js', join(folder, 'node_modules/.bin/cloudbase-emulator'))
}

function folderOf(name: string): string {
  const entry = createRequire(__filename).resolve(name)
  const mark = `${sep}node_modules${sep}${name}${sep}`
  return join(entry.slice(0, entry.lastIndexOf(mark)), mark)
}

/** Starts the emulator and returns the address that it prints when it is ready. */
function start(command: string, folder: string): Promise<string> {
  const [program = '', ...args] = command.split(' ')
  const child = spawn(program, [...args, '--port', '0'], { cwd: folder })
  children.push(child)
  let said = ''
  return new Promise((ready, fail) => {
    child.once('exit', () => fail(new Error(said)))
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk
        const url = /ready: (\S+)/.exec(said)?.[1]
        if (url !== undefined) ready(url)
      })
  })
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

it('runs the unchanged SDK from an empty folder, by the three lines of its README', async () => {
  const folder = newFolder()
  const [installLine, initLine = '', startLine = ''] = lines()
  expect(installLine).toBe('npm install cloudbase-emulator wx-server-sdk')
  install(folder)
  execFileSync('sh', ['-c', initLine.replace('npx ', 'node_modules/.bin/')], { cwd: folder })
  const url = await start(startLine.replace('npx ', 'node_modules/.bin/'), folder)

  const call = async () => (await post(`${url}/call/hello`, { name: 'Li' }, { 'x-openid': 'me' })).json()
  expect(await call()).toEqual({ hello: 'Li', visits: 1 })
  expect(await call()).toEqual({ hello: 'Li', visits: 2 })
  expect((await post(`${url}/call/nobody`, {})).status).toBe(500)
  expect(await (await post(`${url}/clock`, { advanceMs: 60_000 })).json()).toEqual({ now: expect.any(Number) })
  expect((await post(`${url}/clock`, { advanceMs: -1 })).status).toBe(400)
  // A form on another site's page cannot call a function.
  expect((await fetch(`${url}/call/hello`, { method: 'POST', body: 'name=Li' })).status).toBe(405)
  expect(await (await fetch(`${url}/hello?name=Li`)).json()).toMatchObject({ visits: 3 })
})

it('publishes no tests, no source except the worker’s, and the types of its exports', () => {
  const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: home, stdio: 'pipe' })
  const [{ files }] = JSON.parse(String(said)) as [{ files: { path: string }[] }]
  const paths = files.map(({ path }) => path)
  expect(paths).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'dist/index.d.ts', 'dist/cli.js']))
  expect(paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual(['dist/worker.ts'])
  expect(paths.filter((path) => path.startsWith('test') || dirname(path) === 'src')).toEqual([])
})

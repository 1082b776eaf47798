// Tests npm run listen and npm run trigger as a developer uses them: two commands beside npm start, and a system that
// verifies the received events with the published library.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { eventTypes } from '../../cloudfunctions/shared/domain/outbox'
import { adminOf } from '../support/adminCall'
import { answerWith, type Heard, openReceiver, type Receiver } from '../support/fakes/receiver'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'

const root = resolve(__dirname, '../..')

interface Running {
  child: ChildProcess
  /** the text that the command has printed so far */
  said(): string
  ended: Promise<number | null>
}

function start(tool: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', `tools/events/${tool}.ts`, ...args], { cwd: root })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk)
    })
  return { child, said: () => said, ended: new Promise((done) => child.once('close', done)) }
}

async function run(tool: string, ...args: string[]): Promise<{ code: number | null; said: string }> {
  const running = start(tool, args)
  return { code: await running.ended, said: running.said() }
}

/** Waits until another process has reached a state. The limit is long, because a busy machine is slow. */
async function until(isSo: () => boolean, what: () => string): Promise<void> {
  for (let look = 0; look < 1_200 && !isSo(); look++) await new Promise((done) => setTimeout(done, 50))
  if (!isSo()) throw new Error(`waited in vain: ${what()}`)
}

let cloud: TestCloud
let receiver: Receiver
let listener: Running
let secret: string

const listen = async (...args: string[]): Promise<Running> => {
  const running = start('listen', ['--data', cloud.dataDir, ...args])
  await until(() => running.said().includes('makes an event') || running.child.exitCode !== null, running.said)
  return running
}
const secretOf = ({ said }: Running): string => /whsec_\S+/.exec(said())?.[0] ?? ''
const typeOf = ({ body }: Heard): string => (JSON.parse(body) as { type: string }).type
const numberOf = ({ body }: Heard): string => {
  const { data } = JSON.parse(body) as { data: { order?: { orderNo: string }; contract?: { contractNo: string } } }
  return data.order?.orderNo ?? data.contract?.contractNo ?? ''
}

beforeAll(async () => {
  cloud = await startCloud()
  receiver = await openReceiver()
  listener = await listen('--forward-to', `${receiver.url}/hook`)
  secret = secretOf(listener)
}, 120_000)
afterAll(async () => {
  listener.child.kill('SIGKILL')
  await receiver.close()
  await cloud.stop()
})
beforeEach(() => {
  receiver.answer = answerWith(204)
})

it.each(eventTypes)(
  'trigger makes %s, and listen forwards it with a signature that the library verifies',
  async (type) => {
    const { code, said } = await run('trigger', type, '--data', cloud.dataDir)
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('One endpoint hears of it.') })
    const no = new RegExp(`^${type}: (\\w+)\\.`, 'm').exec(said)?.[1]
    const found = () => receiver.heard.find((heard) => typeOf(heard) === type && numberOf(heard) === no)
    // If the call that settles the payment could not deliver the event, the timer delivers it.
    if (!found()) await cloud.advance(120_000)
    await until(
      () => found() !== undefined,
      () => `${said}\n${listener.said()}`,
    )
    const { path, headers, body } = found() as Heard
    expect(path).toBe('/hook')
    const at = Number(headers['webhook-timestamp']) * 1_000
    // The signature contains this machine's time, because the library refuses a time that is far from it. The cloud's
    // clock was moved, so the event itself has another time.
    expect(Math.abs(performance.timeOrigin + performance.now() - at)).toBeLessThan(180_000)
    jest.spyOn(Date, 'now').mockReturnValue(at)
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      id: headers['webhook-id'],
      type,
    })
    jest.restoreAllMocks()
    await until(() => listener.said().includes(`${type}  ${headers['webhook-id']}`), listener.said)
  },
)

it('an unknown event is answered with the list of known events', async () => {
  const { code, said } = await run('trigger', 'order.payed', '--data', cloud.dataDir)
  expect(code).toBe(2)
  expect(said.split('\n')[0]).toBe(`order.payed is no event. There are: ${eventTypes.join(', ')}.`)
})

it('a system that refuses an event, or that cannot be reached, is reported in a sentence', async () => {
  receiver.answer = answerWith(500, 'no such order')
  await run('trigger', 'order.paid', '--data', cloud.dataDir)
  await until(() => /→ 500 in \d+ ms: not accepted: no such order/.test(listener.said()), listener.said)
  receiver.answer = (response) => void response.destroy()
  await run('trigger', 'order.paid', '--data', cloud.dataDir)
  await until(() => listener.said().includes('closed the connection without an answer'), listener.said)
})

it('two cannot listen with the same folder; the second says so', async () => {
  const { code, said } = await run('listen', '--data', cloud.dataDir)
  expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('npm run listen runs already') })
})

it('after npm run listen has ended, no event is sent; started again, it has the same secret, and prints whole events', async () => {
  listener.child.kill('SIGINT')
  expect(await listener.ended).toBe(0)
  const { endpoints } = dataOf(await adminOf(cloud)('endpoints', {}))
  expect(endpoints).toMatchObject([{ note: 'npm run listen', state: 'off' }])
  const { said } = await run('trigger', 'order.paid', '--data', cloud.dataDir)
  expect(said).toContain('No endpoint hears of it: start npm run listen')
  listener = await listen('--json', '--forward-to', 'http://127.0.0.1:9/')
  expect(secretOf(listener)).toBe(secret)
  await run('trigger', 'order.paid', '--data', cloud.dataDir)
  await until(() => listener.said().includes('"type": "order.paid"'), listener.said)
  await until(() => listener.said().includes('not delivered: '), listener.said)
})

it('without npm start both say what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-nobody-'))
  try {
    for (const args of [['listen'], ['trigger', 'order.paid']] as const) {
      const { code, said } = await run(args[0], ...args.slice(1), '--data', folder)
      expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('start it with npm start') })
      expect(existsSync(join(folder, 'listen.json'))).toBe(false)
    }
    for (const target of ['ftp://x', 'localhost:3000', 'http://'])
      expect((await run('listen', '--forward-to', target, '--data', folder)).code).toBe(2)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('the end of npm start ends listen with a sentence', async () => {
  await cloud.kill()
  expect(await listener.ended).toBe(1)
  expect(listener.said()).toContain('The local cloud has ended')
})

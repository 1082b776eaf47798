// Tests the platform with a second client, written in Python by somebody who had read only the document, not our code.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isHere } from '../../tools/checks/otherRuntimes'
import { adminOf } from '../support/adminCall'
import { freePort } from '../support/fakes/freePort'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud()
}, 120_000)
afterAll(() => cloud?.stop())

it('the held-out client orders, gets the payment’s notification, and queries the payment, as the document says', async () => {
  if (!isHere('python')) {
    process.stderr.write('NOT RUN HERE: the held-out client; there is no python3.\n')
    return
  }
  const port = await freePort()
  const here = `http://127.0.0.1:${port}`
  const domain = {
    code: 'courts',
    name: '羽毛球馆',
    signature: 'values',
    origins: [`${here}/back`, `${here}/ok`, `${here}/fail`],
    hosts: [`${here}/background`],
    channels: ['Wechat', 'Alipay'],
    rates: [''],
    requestChannels: [''],
    bareOpenid: false,
  }
  const { secret } = dataOf(await adminOf(cloud)('changeDomain', { save: { version: null, domain } }))
  const client = spawn('python3', [join(__dirname, 'heldOut.py'), cloud.url, 'courts', secret ?? '', String(port)])
  let stderr = ''
  client.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const ended = new Promise<number | null>((done) => client.on('close', done))
  let verdict: unknown
  for await (const line of createInterface({ input: client.stdout })) {
    const said = JSON.parse(line) as { code?: string; faults?: string[] }
    if (said.faults) verdict = said.faults
    if (said.code === undefined) continue
    await cloud.post('/local/pay', { payInfo: said.code })
    // The provider's notice arrives a short time after the payment.
    await cloud.advance(5_000)
  }
  expect([stderr, await ended]).toEqual(['', 0])
  expect(verdict).toEqual([])
}, 180_000)

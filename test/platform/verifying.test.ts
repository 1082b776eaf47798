// Runs the documentation's examples that verify our signatures, as a reader would: for events (docs/webhooks.md) and
// for replies (docs/integrate.md).
import { spawn, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { webhookHeaders } from '../../cloudfunctions/shared/usecases/platform/webhookHeaders'
import { isHere } from '../../tools/checks/otherRuntimes'
import { freePort } from '../support/fakes/freePort'
import { root, snippet } from '../support/markdown'

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const body = JSON.stringify({ id: '20261127120000ab12cd34.1', type: 'order.paid', title: '盖碗 𠮷' })

// The libraries use this machine's real clock.
const now = (): number => performance.timeOrigin + performance.now()
const signedWith = (key: Buffer): Record<string, string> =>
  webhookHeaders(
    { id: '20261127120000ab12cd34.1', at: now(), body },
    (text) => `v1,${createHmac('sha256', key).update(text).digest('base64')}`,
  )
const headersOfEvent = () => signedWith(Buffer.alloc(32, 5))
const headersOfReply = () => signedWith(Buffer.from('a secret of a domain'))

it('the server in Node accepts an event of ours, and refuses a changed one', async () => {
  const port = await freePort()
  const code = snippet('docs/webhooks.md', 'js').replace('listen(3000)', `listen(${port}, '127.0.0.1')`)
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    env: { ...process.env, WEBHOOK_SECRET: secret },
  })
  try {
    const post = (text: string) =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: headersOfEvent(), body: text })
    let answer: Response | undefined
    for (let look = 0; look < 600 && !answer; look++) {
      answer = await post(body).catch(() => undefined)
      if (!answer) await new Promise((done) => setTimeout(done, 50))
    }
    expect(answer?.status).toBe(204)
    expect((await post(body.replace('paid', 'done'))).status).toBe(400)
  } finally {
    child.kill('SIGKILL')
  }
})

it('the lines in Node verify a reply of ours', () => {
  const code = `${snippet('docs/integrate.md', 'js', 1)}
const [text, headers] = JSON.parse(process.argv[1])
console.log(JSON.stringify(verifiedReply('a secret of a domain', text, headers)))`
  const run = (text: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', code, JSON.stringify([text, headersOfReply()])], {
      cwd: root,
      encoding: 'utf8',
    })
  expect(JSON.parse(run(body).stdout)).toEqual(JSON.parse(body))
  expect(run(body.replace('paid', 'done')).stderr).toContain('No matching signature found')
})

it('the function in Python without a library verifies an event of ours', () => {
  const code = `${snippet('docs/webhooks.md', 'python', 1)}
import json, sys
secret, headers, body = json.loads(sys.argv[1])
print(json.dumps([verify(secret, headers, body.encode()), verify(secret, headers, body.encode() + b" ")]))`
  expect(code).toContain('hmac.compare_digest')
  if (!isHere('python')) {
    process.stderr.write('NOT RUN HERE: the example in python of docs/webhooks.md; only its text was checked.\n')
    return
  }
  const { stdout, stderr } = spawnSync('python3', ['-c', code, JSON.stringify([secret, headersOfEvent(), body])], {
    encoding: 'utf8',
  })
  expect({ stderr, made: stdout.trim() }).toEqual({ stderr: '', made: '[true, false]' })
})

// These libraries are not installed here. Their names and functions were read from their sources
// (github.com/standard-webhooks/standard-webhooks, libraries/).
it.each([
  ['docs/webhooks.md', 'python', 0, ['Webhook(os.environ["WEBHOOK_SECRET"])', 'webhook.verify(request.get_data()']],
  ['docs/integrate.md', 'python', 1, ['base64.b64encode(secret.encode())', '.verify(text, headers)']],
  ['docs/webhooks.md', 'php', 0, ['\\StandardWebhooks\\Webhook(', "->verify(file_get_contents('php://input')"]],
  ['docs/integrate.md', 'php', 1, ['base64_encode($secret)', '->verify($text, array_change_key_case($headers))']],
  ['docs/webhooks.md', 'java', 0, ['com.standardwebhooks.Webhook(secret).verify(body, some)', 'HttpHeaders.of(']],
])('%s gives a library in %s (%d) the bytes as they came, and the headers', (page, language, nth, calls) => {
  expect(calls.filter((call) => !snippet(page, language, nth).includes(call))).toEqual([])
})

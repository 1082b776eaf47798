// npm run listen: prints the events of the local cloud and sends each one to a system on the developer's machine.
import '../nodeVersion'
import { parseArgs } from 'node:util'
import { misused, understood } from '../commandLine'
import { openEar } from './ear'
import { forward } from './forward'
import { endWith, runningCloud, ToolError } from './runningCloud'

const usage = `npm run listen -- [--forward-to URL]    prints each event of the local cloud that npm start runs, and posts it to URL
  --forward-to URL    where your system hears of events, such as http://127.0.0.1:3000/webhook
  --json              prints the whole body of each event too
  --data DIR          the local cloud's folder [.local]
It prints the secret that verifies the signatures, the same at every start. Ctrl+C ends it.`

const lookMs = 2_000

async function main(): Promise<void> {
  const { values, positionals } = understood(usage, () =>
    parseArgs({
      allowPositionals: true,
      options: {
        'forward-to': { type: 'string' },
        json: { type: 'boolean', default: false },
        data: { type: 'string', default: '.local' },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  if (positionals.length > 0) misused(`${positionals.join(' ')} is not known here.`, usage)
  const target = values['forward-to']
  if (target !== undefined && !/^https?:\/\/[^/]/i.test(target))
    misused(`--forward-to needs an address that begins with http:// or https://, not ${target}.`, usage)
  if (target !== undefined && !URL.canParse(target)) misused(`--forward-to ${target} is no address.`, usage)

  const cloud = runningCloud(values.data)
  const ear = await openEar(cloud, values.data, async ({ id, type, body }, headers) => {
    console.log(`${new Date().toLocaleTimeString('en-GB')}  ${type}  ${id}`)
    if (values.json) console.log(JSON.stringify(JSON.parse(body), null, 2))
    if (target !== undefined) console.log(`          ${await forward(target, body, headers)}`)
  })
  console.log(`The secret that verifies the signatures: ${ear.secret}`)
  console.log(`Listening to ${cloud.url}${target === undefined ? '' : `, for ${target}`}. Ctrl+C ends it.`)
  console.log('npm run trigger -- order.paid makes an event.')

  const ended = new Promise<void>((end) => {
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
  })
  let watch: NodeJS.Timeout | undefined
  const gone = new Promise<never>((_, fail) => {
    watch = setInterval(() => {
      cloud.get('/local/clock').catch(() => fail(new ToolError('The local cloud has ended, so nothing more is heard.')))
    }, lookMs)
  })
  try {
    await Promise.race([ended, gone])
  } finally {
    clearInterval(watch)
    await ear.close()
  }
}

main().catch(endWith)

// npm run trigger: makes a webhook event of a given kind in the local cloud, by the same steps as in real use: pay an
// order in the sandbox, refund it, or sign and charge a contract.
import '../nodeVersion'
import { parseArgs } from 'node:util'
import type { AdminResults } from '../../cloudfunctions/shared/api/admin'
import { type EventType, eventTypes } from '../../cloudfunctions/shared/domain/outbox'
import { misused, understood } from '../commandLine'
import { recipes } from './recipes'
import { endWith, type RunningCloud, runningCloud, seededOwner } from './runningCloud'
import { openTriedShop } from './triedShop'

const usage = `npm run trigger -- <event>    makes an event in the local cloud that npm start runs
  events: ${eventTypes.join(', ')}
  --data DIR    the local cloud's folder [.local]
What takes days moves the clock of the local cloud, and says by how much.`

const isEventType = (text: string): text is EventType => (eventTypes as readonly string[]).includes(text)

async function main(): Promise<void> {
  const { values, positionals } = understood(usage, () =>
    parseArgs({
      allowPositionals: true,
      options: { data: { type: 'string', default: '.local' }, help: { type: 'boolean', default: false } },
    }),
  )
  const [type, ...rest] = positionals
  if (type === undefined) return console.log(usage)
  if (!isEventType(type)) misused(`${type} is no event. There are: ${eventTypes.join(', ')}.`, usage)
  if (rest.length > 0) misused(`One event at a time: ${rest.join(' ')} is too much.`, usage)
  const cloud = runningCloud(values.data)
  const no = await recipes[type](openTriedShop(cloud, console.log))
  console.log(`${type}: ${no}. ${await whoHears(cloud)}`)
  if (type === 'order.closed') console.log('The timer tells of it, within a minute and a half.')
}

async function whoHears(cloud: RunningCloud): Promise<string> {
  const { endpoints } = await cloud.call<AdminResults['endpoints']>(
    'admin',
    { action: 'endpoints', input: {} },
    seededOwner,
  )
  const hearing = endpoints.filter(({ state, domain }) => state === 'on' && domain === null).length
  if (hearing === 0) return 'No endpoint hears of it: start npm run listen, or add one in the back office.'
  return hearing === 1 ? 'One endpoint hears of it.' : `${hearing} endpoints hear of it.`
}

main().catch(endWith)

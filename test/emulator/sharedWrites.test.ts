// Tests that one call writes many documents, through the real SDK and the local cloud's database.
import type { Database } from '../../cloudfunctions/shared/store/database'
import { databaseOf } from '../support/adminCall'
import { startCloud, type TestCloud } from '../support/startCloud'

interface Event {
  _id: string
  version: number
  outbox: { seq: number }[]
  facts: object
}

let cloud: TestCloud
let db: Database

beforeAll(async () => {
  cloud = await startCloud()
  db = await databaseOf(cloud)
}, 90_000)
afterAll(() => cloud.stop())

const ids = (name: string): string[] => Array.from({ length: 100 }, (_, index) => `${name}${index}`)
const eventOf = (_id: string): Event => ({ _id, version: 1, outbox: [{ seq: 1 }], facts: { kept: true } })

it('a hundred documents are inserted with one call', async () => {
  await db.insertAll('jobs', ids('a').map(eventOf))
  for (const id of ['a0', 'a57', 'a99']) expect(await db.get('jobs', id)).toEqual(eventOf(id))
})

it('a taken id refuses the call', async () => {
  await db.insert('jobs', eventOf('b1'))
  await expect(db.insertAll('jobs', ids('b').map(eventOf))).rejects.toThrow()
})

it('only documents that still have the version are changed, each field as a whole', async () => {
  await db.insertAll('jobs', ids('c').map(eventOf))
  await db.change<Event>('jobs', 'c3', 1, { version: 2 })
  const changes = { version: 2, outbox: [], facts: {} }
  expect(await db.changeAll<Event>('jobs', { ids: [...ids('c'), 'absent'], version: 1 }, changes)).toBe(99)
  expect(await db.get('jobs', 'c3')).toEqual({ ...eventOf('c3'), version: 2 })
  expect(await db.get('jobs', 'c4')).toEqual({ ...eventOf('c4'), ...changes })
  await expect(db.changeAll<Event>('jobs', { ids: ['c4'], version: undefined as never }, changes)).rejects.toThrow()
})

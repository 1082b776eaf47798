// Tests inserts that are sent together in one call: each caller learns whether its own document was inserted.
import { insertOrFind, withSharedInserts } from '../../cloudfunctions/shared/store/compareAndSet'
import { createMemoryDatabase, type Luck } from '../support/fakes/memoryDatabase'

interface Note {
  _id: string
  version: number
  by: string
}

const ids = Array.from({ length: 120 }, (_, index) => `note${index}`)
const noteOf = (_id: string, by = 'first'): Note => ({ _id, version: 1, by })

it('a hundred inserts at the same time cost a few calls', async () => {
  const db = createMemoryDatabase()
  const shared = withSharedInserts(db)
  await Promise.all(ids.map((id) => shared.insert('notes', noteOf(id))))
  expect(db.all('notes')).toHaveLength(120)
  expect(db.trips.writes).toBeLessThan(6)
})

it('inserts that begin while another one is under way share the next call', async () => {
  const db = createMemoryDatabase()
  const { insert } = db
  let finish: () => void = () => undefined
  const gate = new Promise<void>((done) => {
    finish = done
  })
  db.insert = (...args) => gate.then(() => insert(...args))
  const shared = withSharedInserts(db)
  const first = shared.insert('notes', noteOf('a'))
  const others: Promise<void>[] = []
  for (const id of ['b', 'c', 'd']) {
    await new Promise((done) => setImmediate(done))
    others.push(shared.insert('notes', noteOf(id)))
  }
  finish()
  await Promise.all([first, ...others])
  expect(db.trips.writes).toBe(2)
  expect(db.all('notes')).toHaveLength(4)
})

it('a document that is taken disturbs no other one', async () => {
  const db = createMemoryDatabase()
  db.put('notes', noteOf('note7', 'other'))
  const shared = withSharedInserts(db)
  const stored = await Promise.all(ids.map((id) => insertOrFind(shared, 'notes', noteOf(id), 'note')))
  expect(stored.map(({ by }) => by)).toEqual(ids.map((id) => (id === 'note7' ? 'other' : 'first')))
  expect(db.all('notes')).toHaveLength(120)
})

it.each<Luck>(['lostReply', 'notSent'])('each caller finds its own document after %s', async (luck) => {
  const db = createMemoryDatabase()
  db.luck = (write) => (write % 3 === 2 ? luck : 'fine')
  const shared = withSharedInserts(db)
  const inserted = await Promise.allSettled(ids.map((id) => insertOrFind(shared, 'notes', noteOf(id), 'note')))
  for (const [index, one] of inserted.entries()) {
    const there = db.peek<Note>('notes', ids[index] ?? '')
    if (one.status === 'fulfilled') expect(one.value).toEqual(there)
    else expect(there).toBeUndefined()
  }
})

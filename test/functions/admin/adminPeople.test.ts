// Tests the list of staff with the real SDK: an invite works once, roles are changed and removed, and one owner always
// remains.
import type { AdminResults } from '../../../cloudfunctions/shared/api/admin'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import { staffIdOf } from '../../../cloudfunctions/shared/store/settings'
import { putClaim, type Staff } from '../../../cloudfunctions/shared/store/staff'
import { type Admin, adminOf, auditOf, codeOf, databaseOf, owner } from '../../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud
let db: Database
let admin: Admin
const heard: string[] = []
let serial = 0
const everybody: string[] = [owner]

beforeAll(async () => {
  cloud = await startCloud()
  db = await databaseOf(cloud)
  admin = adminOf(cloud, heard)
}, 90_000)
afterAll(() => cloud.stop())

function newPerson(): string {
  const openid = `oMiniCashier_person_${String(++serial).padStart(5, '0')}`
  everybody.push(openid)
  return openid
}

type People = AdminResults['staff']

const list = async (): Promise<People> => dataOf(await admin('staff', { list: true }))

const invite = async (role: 'owner' | 'operator' | 'viewer', refundLimitFen?: number): Promise<string> => {
  const wish = { role, name: `新人${role}`, ...(refundLimitFen !== undefined && { refundLimitFen }) }
  const { code } = dataOf(await admin('staff', { invite: wish }))
  if (code === undefined) throw new Error('no code')
  return code
}

async function join(role: 'owner' | 'operator' | 'viewer', refundLimitFen?: number) {
  const openid = newPerson()
  const code = await invite(role, refundLimitFen)
  const claimed = dataOf(await admin('claim', { code }, openid))
  return { openid, code, claimed, staffId: staffIdOf(openid) }
}

const roleOf = async (openid: string): Promise<string> => dataOf(await admin('claim', {}, openid)).role

describe('an invite', () => {
  it('gives its role to the first person who enters it, however it is typed, and to nobody after', async () => {
    const code = await invite('operator', 5_000)
    const [first, second] = [newPerson(), newPerson()]
    const typed = code.toLowerCase().replaceAll('-', ' ')
    expect(dataOf(await admin('claim', { code: typed }, first))).toMatchObject({
      role: 'operator',
      name: '新人operator',
      refundLimitFen: 5_000,
    })
    expect(codeOf(await admin('claim', { code }, second))).toBe('Forbidden')
    expect(await roleOf(second)).toBe('stranger')
    const { people, invites } = await list()
    expect(people.find(({ staffId }) => staffId === staffIdOf(first))).toMatchObject({ refundLimitFen: 5_000 })
    expect(invites.some(({ name }) => name === '新人operator')).toBe(false)
  })

  it('is used by one of many who enter it at the same moment', async () => {
    const code = await invite('viewer')
    const crowd = Array.from({ length: 6 }, newPerson)
    const replies = await Promise.all(crowd.map((openid) => admin('claim', { code }, openid)))
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1)
    const roles = await Promise.all(crowd.map(roleOf))
    expect(roles.filter((role) => role === 'viewer')).toHaveLength(1)
  })

  it('succeeds again for the same person, whose first answer may be lost', async () => {
    const { openid, code } = await join('viewer')
    expect(dataOf(await admin('claim', { code }, openid)).role).toBe('viewer')
  })

  it('is not stored as it was shown, and is invalid once withdrawn', async () => {
    const code = await invite('owner')
    const documents = await db.find('staff', { where: {}, orderBy: [['_id', 'asc']], limit: 1_000 })
    expect(JSON.stringify(documents)).not.toContain(code)
    expect(JSON.stringify(documents)).not.toContain(code.replaceAll('-', ''))
    const mine = (await list()).invites.find(({ role }) => role === 'owner')
    dataOf(await admin('staff', { withdraw: mine?.staffId }))
    expect(codeOf(await admin('claim', { code }, newPerson()))).toBe('Forbidden')
    expect(codeOf(await admin('staff', { withdraw: mine?.staffId }))).toBe('NotFound')
  })

  it('expires after a day, and is removed when the next invite is made', async () => {
    const code = await invite('viewer')
    await cloud.advance(24 * 3_600_000 + 1_000)
    expect(codeOf(await admin('claim', { code }, newPerson()))).toBe('Forbidden')
    await invite('viewer')
    const there = await db.find<Staff>('staff', { where: {}, orderBy: [['_id', 'asc']], limit: 1_000 })
    expect(there.filter(({ _id }) => _id.startsWith('invite-'))).toHaveLength(1)
  })
})

describe('a role', () => {
  it('that was removed is gone at the next call, and no used code restores it', async () => {
    const { openid, code, staffId } = await join('operator', 5_000)
    expect(codeOf(await admin('stats', {}, openid))).toBe('ok')
    dataOf(await admin('staff', { remove: staffId }))
    expect(codeOf(await admin('stats', {}, openid))).toBe('Forbidden')
    expect(codeOf(await admin('claim', { code }, openid))).toBe('Forbidden')
    expect(await roleOf(openid)).toBe('stranger')
  })

  it('that was lowered is not raised again by the code that gave it', async () => {
    const { openid, code, staffId } = await join('owner')
    dataOf(await admin('staff', { change: { staffId, role: 'viewer', name: '老王' } }))
    expect(codeOf(await admin('settings', {}, openid))).toBe('Forbidden')
    expect(codeOf(await admin('claim', { code }, openid))).toBe('Forbidden')
    expect(await roleOf(openid)).toBe('viewer')
  })

  it('of an owner who entered by the printed code is not restored by that code either', async () => {
    const openid = newPerson()
    const code = 'BCDFG-HJKMN-PQRST-VWXYZ'
    const { now } = dataOf(await admin('stats', {}))
    await putClaim(db, code, now)
    expect(dataOf(await admin('claim', { code }, openid)).role).toBe('owner')
    dataOf(await admin('staff', { remove: staffIdOf(openid) }))
    expect(codeOf(await admin('claim', { code }, openid))).toBe('Forbidden')
  })

  it('of one’s own cannot be changed or given up', async () => {
    const staffId = staffIdOf(owner)
    expect(codeOf(await admin('staff', { remove: staffId }))).toBe('Conflict')
    expect(codeOf(await admin('staff', { change: { staffId, role: 'viewer', name: '我' } }))).toBe('Conflict')
    expect(await roleOf(owner)).toBe('owner')
  })

  it('of an unknown person is not found', async () => {
    expect(codeOf(await admin('staff', { remove: '0123456789abcdef' }))).toBe('NotFound')
  })

  it('of owner stays with at least one person when two owners remove each other at the same moment', async () => {
    const [one, two] = [await join('owner'), await join('owner')]
    for (let round = 0; round < 5; round++) {
      // Removes all other owners for this test, so that only these two remain.
      const others = await db.find<Staff>('staff', { where: { role: 'owner' }, orderBy: [['_id', 'asc']], limit: 100 })
      const aside = others.filter(({ _id }) => _id !== one.openid && _id !== two.openid && !_id.startsWith('invite-'))
      for (const { _id } of aside) await db.remove('staff', _id)
      await Promise.all([
        admin('staff', { remove: two.staffId }, one.openid),
        admin('staff', { remove: one.staffId }, two.openid),
      ])
      const left = await db.find<Staff>('staff', { where: { role: 'owner' }, orderBy: [['_id', 'asc']], limit: 100 })
      expect(left.length).toBeGreaterThan(0)
      for (const person of [
        ...aside,
        { ...(others[0] as Staff), _id: one.openid },
        { ...(others[0] as Staff), _id: two.openid },
      ])
        if (!(await db.get('staff', person._id)))
          await db.insert<Staff>('staff', { ...person, role: 'owner', version: 1 })
    }
  })
})

it('every action is in the audit, with the role before and after', async () => {
  const { openid, staffId } = await join('operator', 5_000)
  dataOf(await admin('staff', { change: { staffId, role: 'viewer', name: '小李' } }))
  dataOf(await admin('staff', { remove: staffId }))
  const entries = await auditOf(db, { what: 'staff' })
  const who = `…${openid.slice(-6)}`
  const changed = entries.find(({ wish }) => wish.deed === 'change' && wish.who === who)
  expect(changed).toMatchObject({
    by: owner,
    name: '店主',
    wish: { name: '新人operator' },
    before: { who, role: 'operator', refundLimitFen: 5_000 },
    after: { who, role: 'viewer', name: '小李' },
    failed: null,
  })
  const removed = entries.filter(({ wish }) => wish.deed === 'remove').map(({ before }) => before)
  expect(removed).toContainEqual({ who, role: 'viewer', name: '小李', refundLimitFen: 0 })
})

it('a removed person keeps the name on earlier actions, in the audit and everywhere else', async () => {
  const { openid, staffId } = await join('owner')
  dataOf(await admin('staff', { change: { staffId, role: 'owner', name: '老赵' } }))
  const { orderNo } = await cloud.newOrder()
  dataOf(await admin('close', { orderNo }, openid))
  dataOf(await admin('staff', { change: { staffId, role: 'owner', name: '赵店长' } }))
  dataOf(await admin('staff', { remove: staffId }))
  const { entries } = dataOf(await admin('audit', { limit: 10 }))
  // The audit log shows the name that the person had at that time; other pages show the latest name.
  expect(entries.find(({ number }) => number === orderNo)).toMatchObject({ by: '老赵', what: 'close' })
  const { order } = dataOf(await admin('order', { orderNo }))
  expect(order.history.at(-1)).toMatchObject({ what: 'cancelled', by: '赵店长' })
})

it('no answer holds a whole openid', () => {
  expect(heard.length).toBeGreaterThan(20)
  for (const openid of everybody) expect(heard.some((text) => text.includes(openid))).toBe(false)
})

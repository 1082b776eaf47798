// Tests every action of the admin function for every role and for outsiders, and every input field with wrong values.
// Uses the real wx-server-sdk, and checks that refused calls change nothing.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { type AdminAction, adminSchemas, mayDo } from '../../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../../cloudfunctions/shared/api/reply'
import type { Role } from '../../../cloudfunctions/shared/domain/staff'
import type { AuditEntry } from '../../../cloudfunctions/shared/store/audit'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { Staff } from '../../../cloudfunctions/shared/store/staff'
import { connectDatabase } from '../../../tools/cloudDatabase'
import { adminInputs, type Input } from '../../support/adminInputs'
import { untold } from '../../support/fakes/untold'
import { shopperA, startCloud, type TestCloud } from '../../support/startCloud'

const people = {
  owner: 'oMiniCashier_merchant_0000',
  operator: 'oMiniCashier_operator_000',
  viewer: 'oMiniCashier_viewer_00000',
  stranger: shopperA,
} as const satisfies Record<Role, string>

let cloud: TestCloud
let db: Database

beforeAll(async () => {
  cloud = await startCloud()
  const { adminUrl } = JSON.parse(readFileSync(join(cloud.dataDir, 'running.json'), 'utf8')) as { adminUrl: string }
  db = await connectDatabase({ adminUrl })
  const member = { version: 1, name: '', addedAt: 1 }
  await db.insert<Staff>('staff', { ...member, _id: people.operator, role: 'operator', refundLimitFen: 10_000 })
  await db.insert<Staff>('staff', { ...member, _id: people.viewer, role: 'viewer' })
})
afterAll(() => cloud.stop())

const call = async (event: unknown, openid: string): Promise<Reply<unknown>> =>
  (await cloud.call('admin', event, openid)).json() as never

// Leave out the collections `stats` and `jobs`, because the timer changes them.
const kept = [
  'orders',
  'contracts',
  'products',
  'plans',
  'staff',
  'settings',
  'notices',
  'audit',
  'domains',
  'endpoints',
  'deliveries',
]

async function everything(): Promise<object[][]> {
  return Promise.all(
    kept.map(async (name) =>
      (await db.find(name, { where: {}, orderBy: [['_id', 'asc']], limit: 1_000 })).map((document) =>
        name === 'orders' || name === 'contracts' ? untold(document) : document,
      ),
    ),
  )
}

const refusal = { ok: false, error: { code: 'Forbidden', message: 'only for staff who may do this' } }

const roles: readonly Role[] = ['stranger', 'viewer', 'operator', 'owner']

/**
 * For each action: the lowest role that may use it, and whether each of its inputs in adminInputs.ts leaves an audit
 * entry. This table is written by hand, so that no right and no audit entry can change by accident.
 */
const frozen: Record<AdminAction, readonly [from: Role, ...leavesEntry: boolean[]]> = {
  orders: ['viewer', false, false, false, false, false, false, false],
  order: ['viewer', false],
  refund: ['operator', true],
  recordRefund: ['operator', true],
  recheck: ['operator', true],
  close: ['owner', true],
  ship: ['operator', true],
  complaints: ['viewer', false, false],
  complaint: ['viewer', false],
  answerComplaint: ['operator', true, true, true, true],
  complaintPhone: ['operator', true],
  contracts: ['viewer', false, false],
  endContract: ['operator', true],
  plans: ['viewer', false],
  savePlan: ['owner', true],
  products: ['viewer', false],
  saveProduct: ['owner', true],
  notices: ['viewer', false],
  replay: ['operator', true, true],
  dismiss: ['operator', true],
  stats: ['viewer', false],
  bills: ['viewer', true, false],
  repair: ['operator', true],
  export: ['operator', true, false, false],
  staff: ['owner', false, true, true, true, true, true, true],
  sessions: ['viewer', false, false, true, true],
  domains: ['owner', false],
  changeDomain: ['owner', true, true, true, true, true],
  endpoints: ['viewer', false],
  changeEndpoint: ['owner', true, true, true, true, true],
  testEndpoint: ['operator', true],
  deliveries: ['viewer', false, false, false, false],
  resend: ['operator', true, true, true],
  audit: ['owner', false],
  settings: ['owner', false],
  saveSettings: ['owner', true],
  testSettings: ['owner', true],
  keyCheck: ['owner', false],
  messages: ['owner', false],
  hearOrders: ['owner', true],
  testMessage: ['owner', true],
  claim: ['stranger', true, false],
}
const actions = Object.keys(frozen) as AdminAction[]

describe('the table of actions', () => {
  it('has these actions and no other', () => {
    expect(Object.keys(adminSchemas).sort()).toEqual([...actions].sort())
    expect(Object.keys(adminInputs).sort()).toEqual([...actions].sort())
  })

  it.each(roles)('gives a person who is %s these rights and no other', (role) => {
    const expected = actions.filter((action) => roles.indexOf(role) >= roles.indexOf(frozen[action][0]))
    expect(actions.filter((action) => mayDo(role, action))).toEqual(expected)
    for (const word of ['', 'toString', 'constructor', '__proto__', 'Orders', 'orders '])
      expect(mayDo(role, word)).toBe(false)
  })

  it.each(actions)('accepts the inputs of %s, but none with an additional field, and none without fields', (action) => {
    const takes = (input: unknown) => z.safeParse(adminSchemas[action], input).success
    for (const input of adminInputs[action]) {
      expect([input, takes(input)]).toEqual([input, true])
      expect([input, takes({ ...input, extra: 1 })]).toEqual([input, false])
    }
    for (const input of [null, undefined, 'text', 1, []]) expect([input, takes(input)]).toEqual([input, false])
  })
})

describe('who may use which action', () => {
  const cells = roles.flatMap((role) =>
    actions.map((action) => ({ role, action, may: roles.indexOf(role) >= roles.indexOf(frozen[action][0]) })),
  )

  it.each(cells.filter(({ may }) => !may))('$role may not: $action', async ({ role, action }) => {
    const before = await everything()
    for (const input of adminInputs[action]) expect(await call({ action, input }, people[role])).toEqual(refusal)
    expect(await everything()).toEqual(before)
  })

  it.each(cells.filter(({ may }) => may))('$role may: $action', async ({ role, action }) => {
    for (const input of adminInputs[action]) {
      const reply = await call({ action, input }, people[role])
      expect(reply).not.toEqual(refusal)
      expect(reply).not.toMatchObject({ error: { code: 'Internal' } })
      const openids = Object.values(people).filter((openid) => JSON.stringify(reply).includes(openid))
      expect(openids).toEqual([])
    }
  })
})

describe('the audit entry of an action', () => {
  const entries = async (): Promise<AuditEntry[]> =>
    (await db.find<AuditEntry>('audit', { where: {}, orderBy: [['_id', 'asc']], limit: 1_000 })).filter(
      // Leave out the results of actions: an action's result is a separate audit document whose id ends in -end.
      ({ _id }) => !_id.endsWith('-end'),
    )

  it.each(actions)('%s', async (action) => {
    const [, ...leavesEntry] = frozen[action]
    expect(leavesEntry).toHaveLength(adminInputs[action].length)
    for (const [index, input] of adminInputs[action].entries()) {
      const known = new Set((await entries()).map(({ _id }) => _id))
      await call({ action, input }, people.owner)
      const told = (await entries()).filter(({ _id }) => !known.has(_id))
      const about = input.orderNo ?? input.contractNo ?? null
      const entry = { what: action, orderNo: about, by: people.owner }
      expect([input, told]).toMatchObject([input, leavesEntry[index] ? [entry] : []])
    }
  })

  it('nothing is recorded of an outsider who tries a wrong code', async () => {
    const before = await entries()
    for (const input of adminInputs.claim) await call({ action: 'claim', input }, people.stranger)
    expect(await entries()).toEqual(before)
  })
})

type Path = readonly (string | number)[]

const pathsOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? [
        ...(path.length > 0 ? [path] : []),
        ...Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key])),
      ]
    : [path]

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value)

// Values that no field may accept.
const alien: readonly unknown[] = [{ $gt: '' }, { $where: 'sleep(1000)' }, { $ne: null }, [[]], -1, 0.5, 1e300]
const otherTypes = (value: unknown): unknown[] => {
  if (typeof value === 'string') return ['', 1, true, null, {}, [], 'x'.repeat(5_000), '\u0000', ' \n', { $regex: '.' }]
  if (typeof value === 'number') return ['1', true, {}, [], 'NaN', 2 ** 53]
  if (typeof value === 'boolean') return ['true', 1, 0, null, {}, []]
  return ['x', 1, true, null]
}

// These fields accept any value: null clears the field or means "none", and an empty text means "not given".
const free = new Set([
  'repair.theirNo',
  'saveSettings.fields',
  'changeDomain.save.version',
  'savePlan.plan.firstAmountFen',
  'savePlan.plan.windowDays',
  'savePlan.version',
  'saveProduct.version',
  'saveSettings.version',
])
const mayBeEmpty =
  /^(refund\.reason|repair\.note|savePlan\.plan\.note(En)?|saveProduct\.product\.note(En)?|changeEndpoint\.add\.note|changeDomain\.save\.domain\.(rates|requestChannels)\.0)$/

describe('a wrong value in a field is refused, and changes nothing', () => {
  it.each(actions)('%s', async (action) => {
    const before = await everything()
    for (const input of adminInputs[action]) {
      for (const path of pathsOf(input)) {
        const name = [action, ...path].join('.')
        const wrong = [...alien, ...otherTypes(valueAt(input, path))].filter(
          (value) =>
            !(value === null && free.has(name)) &&
            !(value === '' && mayBeEmpty.test(name)) &&
            !(name === 'saveSettings.fields' && typeof value === 'object'),
        )
        for (const value of wrong) {
          const reply = await call({ action, input: replaced(input, path, value) }, people.owner)
          expect([name, value, reply]).toEqual([name, value, { ok: false, error: expect.anything() }])
          expect([name, value, reply]).toMatchObject([name, value, { error: { code: 'BadInput' } }])
        }
      }
      for (const extra of ['$where', '__proto__x', 'constructor', 'toString', 'openid', 'role']) {
        const reply = await call({ action, input: { ...input, [extra]: 1 } satisfies Input }, people.owner)
        expect([extra, reply]).toMatchObject([extra, { error: { code: 'BadInput' } }])
      }
    }
    for (const input of ['x', 1, [], true])
      expect([input, await call({ action, input }, people.owner)]).toMatchObject([
        input,
        { error: { code: 'BadInput' } },
      ])
    expect(await everything()).toEqual(before)
  })
})

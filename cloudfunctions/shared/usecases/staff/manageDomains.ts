// The page “Connected systems” of the back office. Connected systems send people to our cashier. Staff list, add and
// change them, replace their secrets, and switch them on and off.
import type { AdminInput, AdminResults, DomainView } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { isUnder } from '../../domain/requests/addresses'
import type { PayDomain } from '../../domain/requests/payDomain'
import { domainShape } from '../../domain/shapes'
import type { AuditFields } from '../../store/audit'
import { allDomains, changeDomain, domainLimit, insertDomain, newDomainSecret, readDomain } from '../../store/domains'
import type { StaffContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import type { Done } from './audited'

type Result = Done<AdminResults['changeDomain']>
type Wish = Extract<AdminInput<'changeDomain'>, { save: unknown }>['save']

/** Lists all connected systems, sorted by code. */
export async function listDomains(ctx: StaffContext): Promise<Done<AdminResults['domains']>> {
  const { rows, broken } = soundRows(ctx, await allDomains(ctx.db), domainShape, domainView)
  return { result: { domains: rows, broken } }
}

/**
 * Adds or changes a connected system, replaces its secret, or switches it on or off.
 * @throws BadInput if a page of the payer could also be the `bgUrl`; Conflict if the system was changed meanwhile or
 * already exists, or if there are too many; NotFound
 */
export async function changeDomainAsStaff(ctx: StaffContext, input: AdminInput<'changeDomain'>): Promise<Result> {
  if ('save' in input) return input.save.version === null ? add(ctx, input.save) : replace(ctx, input.save)
  if ('newSecret' in input) return addSecret(ctx, input.newSecret)
  if ('endOldSecret' in input) return change(ctx, input.endOldSecret, withoutOldSecret)
  const [code, state] = 'switchOn' in input ? [input.switchOn, 'open' as const] : [input.switchOff, 'closed' as const]
  return change(ctx, code, (before) => (before.state === state ? before : { ...before, state }))
}

// With `sign`, a value could be moved to another field, because the signature does not cover the names of the fields.
// If the payer's pages are on a host of the `bgUrl`, an address of such a page would also be valid as the `bgUrl`. So
// refuse such hosts (domain/requests/otherReading.ts).
function assertApart({ signature, origins, hosts }: Wish['domain']): void {
  if (signature === 'hmac' || !origins.some((origin) => isUnder(origin, hosts))) return
  throw new AppError('BadInput', 'hosts: a page of the payer lies under one of them', {
    details: [{ field: 'hosts', rule: 'holdsPages' }],
  })
}

async function add(ctx: StaffContext, { domain: { code, ...fields } }: Wish): Promise<Result> {
  assertApart({ code, ...fields })
  if ((await allDomains(ctx.db)).filter(({ _id }) => _id !== code).length >= domainLimit)
    throw new AppError('Conflict', 'there are too many domains')
  const { secret, sealed } = newDomainSecret(ctx.secrets, code)
  const wanted: PayDomain = {
    _id: code,
    version: 1,
    ...fields,
    state: 'open',
    secret: sealed,
    nextSecret: null,
    usesNext: false,
    createdAt: ctx.now(),
  }
  const stored = await insertDomain(ctx.db, wanted)
  if (stored.secret === sealed) return done(stored, secret)
  // This call repeats an earlier call whose answer got lost. The connected system exists, but nobody has seen its
  // secret; staff can make another secret.
  if (!isSame(stored, fields)) throw new AppError('Conflict', 'this code is already used')
  return done(stored, null)
}

const isSame = (stored: PayDomain, fields: object): boolean =>
  Object.entries(fields).every(
    ([name, value]) => JSON.stringify((stored as unknown as Record<string, unknown>)[name]) === JSON.stringify(value),
  )

async function replace(ctx: StaffContext, { version, domain: { code, ...fields } }: Wish): Promise<Result> {
  assertApart({ code, ...fields })
  return change(ctx, code, (before) => {
    if (isSame(before, fields)) return before
    if (before.version !== version) throw new AppError('Conflict', 'the domain was changed by somebody else')
    return { ...before, ...fields }
  })
}

async function addSecret(ctx: StaffContext, code: string): Promise<Result> {
  const { secret, sealed } = newDomainSecret(ctx.secrets, code)
  const { result } = await change(ctx, code, (before) => ({ ...before, nextSecret: sealed, usesNext: false }))
  return { result: { ...result, secret } }
}

const withoutOldSecret = (before: PayDomain): PayDomain =>
  before.nextSecret === null ? before : { ...before, secret: before.nextSecret, nextSecret: null, usesNext: false }

async function change(ctx: StaffContext, code: string, decide: (before: PayDomain) => PayDomain): Promise<Result> {
  const known = await readDomain(ctx.db, code)
  if (!known) throw new AppError('NotFound', 'no such domain')
  const { domain } = await changeDomain(
    ctx.db,
    code,
    (before) => {
      const after = decide(before)
      return { domain: after === before ? before : { ...after, version: before.version + 1 } }
    },
    known,
  )
  return done(domain, null, known)
}

function done(domain: PayDomain, secret: string | null, known?: PayDomain): Result {
  const view = domainView(domain)
  return { result: { domain: view, secret }, ...(known && { before: auditOf(known) }), after: auditOf(domain) }
}

// The fields of a connected system that the audit stores. Each list becomes one text.
const auditOf = (domain: PayDomain): AuditFields => ({
  name: domain.name,
  isOn: domain.state === 'open',
  signature: domain.signature,
  origins: domain.origins.join(' '),
  hosts: domain.hosts.join(' '),
  channels: domain.channels.join(' '),
  rates: domain.rates.join(', '),
  requestChannels: domain.requestChannels.join(', '),
  bareOpenid: domain.bareOpenid,
  hasTwoSecrets: domain.nextSecret !== null,
})

const domainView = (domain: PayDomain): DomainView => ({
  code: domain._id,
  version: domain.version,
  name: domain.name,
  state: domain.state,
  signature: domain.signature,
  origins: domain.origins,
  hosts: domain.hosts,
  channels: domain.channels,
  rates: domain.rates,
  requestChannels: domain.requestChannels,
  bareOpenid: domain.bareOpenid,
  createdAt: domain.createdAt,
  hasTwoSecrets: domain.nextSecret !== null,
  usesNext: domain.usesNext,
})

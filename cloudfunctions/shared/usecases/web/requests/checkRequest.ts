// Checks a request of another system before we write anything: whether we know the system, and whether its signature,
// fields and addresses are valid. Also checks that the signature fits no other request.
import * as z from 'zod/mini'
import { type PayCall, type PayField, payApi, payFields } from '../../../api/pay'
import { AppError } from '../../../domain/errors'
import { isUnder } from '../../../domain/requests/addresses'
import { takeOne } from '../../../domain/requests/bucket'
import { paidReading, type Reader, shiftedReading, swappedReading } from '../../../domain/requests/otherReading'
import type { PayDomain } from '../../../domain/requests/payDomain'
import { RequestRefused } from '../../../domain/requests/payErrors'
import { isPayType } from '../../../domain/requests/payType'
import { isPlainKey, readsAsKey } from '../../../domain/requests/requestKey'
import { changeDomain, openDomainSecrets, readDomain } from '../../../store/domains'
import { type DomainSecrets, signerOf } from '../../platform/domainSignature'
import type { Checked, Fields, PayContext } from './context'

const names = Object.keys(payFields) as PayField[]
const pages: ReadonlySet<string> = new Set(['pageUrl', 'dialogOkUrl', 'dialogFailUrl'])
/** Fields that may only have certain values. Staff enter these values for each connected system. */
const constants = ['rate', 'requestChannel'] as const
const required: readonly string[] = names.filter(
  (name) => !z.safeParse(payFields[name] as z.ZodMiniType, undefined).success,
)

/** The connected system with this code, if it is switched on. @throws RequestRefused */
export async function openDomain(ctx: PayContext, code: string | undefined): Promise<PayDomain> {
  if (!z.safeParse(payFields.domainCode, code).success) throw new RequestRefused('field', { field: 'domainCode' })
  const domain = await readDomain(ctx.db, code ?? '')
  if (!domain) throw new RequestRefused('domain')
  if (domain.state !== 'open') throw new RequestRefused('closed')
  return domain
}

/**
 * Counts requests against a limit. `sent`: a connected system sent the request. `looks`: the page of a payer asks about
 * a request. Each kind has a limit of its own, so that the pages cannot use up the limit of the system.
 * @throws RequestRefused if there were too many
 */
export function countRequest({ buckets, now }: PayContext, { _id }: PayDomain, what: 'sent' | 'looks' = 'sent'): void {
  const key = `${_id} ${what}`
  const bucket = takeOne(buckets.get(key), now())
  if (!bucket) throw new RequestRefused('rate')
  buckets.set(key, bucket)
}

/** Checks a call whose fields are all signed. @throws RequestRefused */
export async function checkQuery(ctx: PayContext, call: PayCall, fields: Fields): Promise<PayDomain> {
  const domain = await openDomain(ctx, fields.domainCode)
  const secrets = secretsOf(ctx, domain)
  const signer = signerOf(fields, domain.signature, secrets)
  if (!signer) throw new RequestRefused('signature')
  ctx.signedBy = domain
  countRequest(ctx, domain)
  assertForm(call, fields)
  await noteSigner(ctx, domain, signer)
  return domain
}

/** Checks a call about a payment. Some of its fields may be added after signing. @throws RequestRefused */
export async function checkPayment(ctx: PayContext, call: PayCall, fields: Fields): Promise<Checked> {
  const domain = await openDomain(ctx, fields.domainCode)
  const secrets = secretsOf(ctx, domain)
  const { signer, signed } = signedPart(fields, domain, secrets)
  ctx.signedBy = domain
  assertForm(call, fields)
  assertOfDomain(domain, signed)
  if (domain.signature === 'values') assertOneReading(domain, signed, secrets[signer] ?? '')
  await noteSigner(ctx, domain, signer)
  const { payTypeCode = '', openid = '' } = fields
  const payType = isPayType(payTypeCode) ? payTypeCode : undefined
  if (payType && !domain.channels.includes(payType)) throw new RequestRefused('payType')
  return { domain, signed, payType, openid }
}

function secretsOf(ctx: PayContext, domain: PayDomain): DomainSecrets {
  const secrets = openDomainSecrets(ctx.secrets, domain)
  if (!secrets) throw new AppError('Internal', 'the secret of a domain cannot be decrypted')
  return secrets
}

// The pages of the Unified platform's document sign before the payer has chosen a way to pay, and add `payTypeCode`
// afterwards (docs/provider-facts.md 5.2). So we try the signature with and without `payTypeCode`.
function signedPart(
  fields: Fields,
  domain: PayDomain,
  secrets: DomainSecrets,
): { signer: keyof DomainSecrets; signed: Checked['signed'] } {
  const { sign: _, sign2: __, openid: ___, ...all } = fields
  const { payTypeCode: ____, ...early } = all
  for (const part of [all, early]) {
    const { sign = '', sign2 = '' } = fields
    const signer = signerOf({ ...part, sign, sign2 }, domain.signature, secrets)
    if (signer) return { signer, signed: Object.fromEntries(Object.entries(part).filter(([, value]) => value !== '')) }
  }
  throw new RequestRefused('signature')
}

/**
 * Checks the form of all fields of a call. An empty field counts as absent, because the signature covers no empty field.
 * @throws RequestRefused with the name of the first wrong field
 */
export function assertForm(call: PayCall, fields: Fields): void {
  const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
  const parsed = z.safeParse(payApi[call] as z.ZodMiniType, filled)
  if (parsed.success) return
  const [issue] = parsed.error.issues
  const [field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : 'body'] = issue?.path ?? []
  const name = String(field).slice(0, 64)
  const other = name === 'info' || name === 'infoEn' ? placeOf(fields[name] ?? '') : undefined
  throw other ? new RequestRefused('ambiguous', { field: name, other }) : new RequestRefused('field', { field: name })
}

// The field `info` is free text. If its text could be an amount, a key or an address, somebody could exchange it with
// the value of the field `money`, `requestKey` or `pageUrl`, and the signature would still be valid. So refuse the
// request, and name that field.
const placeOf = (text: string): PayField | undefined =>
  hasForm('money', text) ? 'money' : isPlainKey(text) ? 'requestKey' : hasForm('pageUrl', text) ? 'pageUrl' : undefined

const hasForm = (name: PayField, text: string): boolean => z.safeParse(payFields[name] as z.ZodMiniType, text).success

function assertOfDomain(domain: PayDomain, signed: Fields): void {
  for (const [field, value] of Object.entries(signed)) {
    if (isOfDomain(domain, field, value)) continue
    throw new RequestRefused(field === 'bgUrl' || pages.has(field) ? 'address' : 'constant', { field })
  }
  for (const field of constants)
    if (!isOfDomain(domain, field, signed[field] ?? '')) throw new RequestRefused('constant', { field })
}

function isOfDomain(domain: PayDomain, field: string, value: string): boolean {
  if (pages.has(field)) return isUnder(value, domain.origins)
  if (field === 'bgUrl') return isUnder(value, domain.hosts)
  if (field === 'rate') return isListed(domain.rates, value, /\./)
  if (field === 'requestChannel') return isListed(domain.requestChannels, value, /^\D+$/)
  return true
}

const isListed = (list: readonly string[], value: string, free: RegExp): boolean =>
  list.includes(value) || (list.includes('*') && free.test(value))

/** Whether a word is a currency, a way to pay, or a value that staff list for other fields of the connected system. */
const isTaken = (domain: PayDomain, word: string): boolean =>
  hasForm('currencyType', word) ||
  isPayType(word) ||
  (hasForm('rate', word) && isOfDomain(domain, 'rate', word)) ||
  domain.requestChannels.includes(word)

/**
 * Refuses a request whose signature would also fit another request, or a call of `bgUrl` that says paid.
 * @param secret the secret with which the request is signed
 * @throws RequestRefused with the names of two fields that could be exchanged
 */
function assertOneReading(domain: PayDomain, signed: Fields, secret: string): void {
  const reader: Reader = {
    names,
    required: new Set([...required, ...constants.filter((name) => !isOfDomain(domain, name, ''))]),
    fits: (name, value) =>
      hasForm(name as PayField, value) &&
      (name === 'domainCode' ? value === domain._id : isOfDomain(domain, name, value)) &&
      (name !== 'requestKey' || readsAsKey(value, signed.requestKey ?? '', (word) => isTaken(domain, word))),
  }
  const found = paidReading(signed, secret) ?? swappedReading(signed, reader) ?? shiftedReading(signed, secret, reader)
  if (found) throw new RequestRefused('ambiguous', { field: found[0], other: found[1] })
}

// The connected system has signed with its next secret, so from now on we sign with that secret, too. If this write
// fails, we try it again when the system sends its next request.
async function noteSigner(ctx: PayContext, domain: PayDomain, signer: keyof DomainSecrets): Promise<void> {
  if (signer !== 'next' || domain.usesNext) return
  const decide = (before: PayDomain) => ({
    domain:
      before.usesNext || before.nextSecret !== domain.nextSecret
        ? before
        : { ...before, usesNext: true, version: before.version + 1 },
  })
  await changeDomain(ctx.db, domain._id, decide, domain).catch(() => undefined)
}

// The fields that a stored document must have before we show or export it. One document that was edited by hand, or
// that an older version wrote, must not break the list that contains it.

/**
 * The type of a field: text, whole number (money, a count or a time), flag, or nested fields. `?` allows null or an
 * absent field. An array with one element describes a list whose items all have that shape.
 */
type Kind = 'text' | 'number' | 'flag'
export type Shape = { readonly [field: string]: Kind | `${Kind}?` | Shape | readonly [Shape | Kind] }

// The greatest time that a JavaScript Date accepts, in ms; no number in our documents may be greater.
const numberLimit = 8.64e15

/** Whether a document has every field of a shape, each with the right type. */
export function isSound(document: unknown, shape: Shape): boolean {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return false
  const fields = document as Record<string, unknown>
  return Object.entries(shape).every(([name, kind]) => fits(fields[name], kind))
}

function fits(value: unknown, kind: Shape[string] | Shape | Kind): boolean {
  if (isList(kind)) return Array.isArray(value) && value.every((one) => fits(one, kind[0]))
  if (typeof kind === 'object') return isSound(value, kind)
  if (kind.endsWith('?') && (value === null || value === undefined)) return true
  if (kind.startsWith('text')) return typeof value === 'string'
  if (kind.startsWith('flag')) return typeof value === 'boolean'
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= numberLimit
}

const isList = (kind: Shape[string] | Kind): kind is readonly [Shape | Kind] => Array.isArray(kind)

export const orderShape: Shape = {
  _id: 'text',
  version: 'number',
  state: 'text',
  openid: 'text',
  items: [{ sku: 'text', title: 'text', titleEn: 'text', priceFen: 'number', quantity: 'number' }],
  kind: 'text?',
  amountFen: 'number',
  currency: 'text',
  createdAt: 'number',
  expiresAt: 'number',
  paidAt: 'number?',
  closedAt: 'number?',
  payments: [
    {
      no: 'text',
      provider: 'text',
      channel: 'text',
      state: 'text',
      amountFen: 'number',
      theirNo: 'text?',
      createdAt: 'number',
      paidAt: 'number?',
    },
  ],
  refunds: [
    {
      no: 'text',
      paymentNo: 'text',
      amountFen: 'number',
      state: 'text',
      reason: 'text',
      by: 'text',
      theirNo: 'text?',
      createdAt: 'number',
      doneAt: 'number?',
      bookedAt: 'number?',
    },
  ],
  refundedFen: 'number',
  history: [{ at: 'number', what: 'text', by: 'text', detail: 'text' }],
  keys: ['text'],
  provider: 'text?',
  surplusFen: 'number',
  refundSince: 'number?',
  shipSince: 'number?',
}

const termsShape: Shape = {
  kind: 'text?',
  title: 'text',
  titleEn: 'text',
  note: 'text',
  noteEn: 'text',
  currency: 'text',
  amountKind: 'text',
  amountFen: 'number',
  ceilingFen: 'number',
  firstAmountFen: 'number?',
  period: 'text',
  trialDays: 'number',
  debitRule: 'text',
  windowDays: 'number?',
  template: 'text',
}

export const contractShape: Shape = {
  _id: 'text',
  version: 'number',
  state: 'text',
  openid: 'text',
  provider: 'text',
  terms: { plan: 'text', ...termsShape },
  theirNo: 'text?',
  createdAt: 'number',
  signBy: 'number',
  signedAt: 'number?',
  anchorAt: 'number?',
  endedAt: 'number?',
  endedBy: 'text?',
  dueAt: 'number?',
  tries: 'number',
  nextPeriod: 'number',
  charges: [
    {
      period: 'number',
      startsAt: 'number',
      endsAt: 'number',
      amountFen: 'number',
      orderNo: 'text',
      state: 'text',
      tries: 'number',
      retryAt: 'number?',
      paidAt: 'number?',
      byHand: 'flag',
    },
  ],
  history: [{ at: 'number', what: 'text', detail: 'text' }],
}

export const complaintShape: Shape = {
  _id: 'text',
  version: 'number',
  provider: 'text',
  orderNo: 'text?',
  complainedAt: 'number',
  isOpen: 'flag',
  waitsSince: 'number?',
  openSince: 'number?',
  answers: [{ no: 'text', what: 'text', text: 'text', by: 'text', at: 'number', state: 'text', reason: 'text?' }],
}

export const productShape: Shape = {
  _id: 'text',
  version: 'number',
  title: 'text',
  titleEn: 'text',
  note: 'text',
  noteEn: 'text',
  priceFen: 'number',
  currency: 'text',
  kind: 'text?',
  onSale: 'flag',
  rank: 'number',
}

export const planShape: Shape = {
  _id: 'text',
  version: 'number',
  ...termsShape,
  provider: 'text',
  onSale: 'flag',
  rank: 'number',
}

export const domainShape: Shape = {
  _id: 'text',
  version: 'number',
  name: 'text',
  state: 'text',
  secret: 'text',
  nextSecret: 'text?',
  usesNext: 'flag',
  signature: 'text',
  origins: ['text'],
  hosts: ['text'],
  channels: ['text'],
  rates: ['text'],
  requestChannels: ['text'],
  bareOpenid: 'flag',
  createdAt: 'number',
}

export const noticeShape: Shape = {
  _id: 'text',
  version: 'number',
  kind: 'text',
  provider: 'text',
  orderNo: 'text?',
  reason: 'text',
  count: 'number',
  firstAt: 'number',
  at: 'number',
  samples: [{ at: 'number' }],
  dismissedAt: 'number?',
  dismissedBy: 'text?',
  note: 'text?',
}

export const endpointShape: Shape = {
  _id: 'text',
  version: 'number',
  domain: 'text?',
  url: 'text',
  note: 'text',
  state: 'text',
  offBecause: 'text?',
  createdAt: 'number',
  secret: 'text',
  nextSecret: 'text?',
  failingSince: 'number?',
  isSlow: 'flag',
  okAt: 'number?',
}

export const deliveryShape: Shape = {
  _id: 'text',
  version: 'number',
  endpoint: 'text',
  eventId: 'text',
  type: 'text',
  subject: 'text',
  at: 'number',
  createdAt: 'number',
  body: 'text',
  state: 'text',
  dueAt: 'number?',
  tries: 'number',
  attempts: [{ at: 'number', ms: 'number', status: 'number?', answer: 'text', failure: 'text?' }],
}

export const auditShape: Shape = {
  _id: 'text',
  at: 'number',
  by: 'text',
  name: 'text',
  what: 'text',
  orderNo: 'text?',
  wish: {},
  outcome: {},
  endedAt: 'number?',
  failed: 'text?',
}

export const exportShape: Shape = {
  _id: 'text',
  version: 'number',
  what: 'text',
  from: 'text',
  to: 'text',
  state: 'text',
  rows: 'number',
  bytes: 'number',
  createdAt: 'number',
  coveredTo: 'number',
  doneAt: 'number?',
  fileId: 'text?',
  by: 'text',
}

export const figuresShape: Shape = {
  startsAt: 'number',
  rows: [
    {
      provider: 'text?',
      currency: 'text',
      domain: 'text?',
      orders: 'number',
      tried: 'number',
      succeeded: 'number',
      paid: 'number',
      takingsFen: 'number',
      refunds: 'number',
      refundedFen: 'number',
    },
  ],
}

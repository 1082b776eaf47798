// Mutants: faults put on purpose into the code that tells other systems of the merchant what happened, and that makes
// the orders for which they ask.
import type { Patch } from './mutant'

const outbox = 'domain/outbox.ts'
const delivery = 'domain/telling/delivery.ts'
const endpoint = 'domain/telling/endpoint.ts'
const deliver = 'usecases/platform/deliver.ts'

export const systemsMutants: readonly Patch[] = [
  [
    'an event is not written with its change',
    outbox,
    'if (happened.length === 0) return document',
    'if (now > 0) return document',
  ],
  [
    'an event takes the place of one that still waits',
    outbox,
    'outbox: [...outbox, ...happened',
    'outbox: [...outbox.slice(0, 0), ...happened',
  ],
  ['the number of an event is given twice', outbox, 'outboxSeq: outboxSeq + happened.length', 'outboxSeq'],
  [
    'an outbox is emptied without deliveries',
    'usecases/due/workOutbox.ts',
    '  await makeDeliveries(ctx, document, endpoints)\n',
    '  if (endpoints.length > 9) await makeDeliveries(ctx, document, endpoints)\n',
  ],
  ['any answer means that the event was taken', endpoint, 'status >= 200 && status < 300', 'status >= 200'],
  [
    'a delivery that was done is sent again',
    delivery,
    'const dueAt = isSuccess ? null : nextTryAt(tries,',
    'const dueAt = nextTryAt(Math.max(tries, 1),',
  ],
  [
    'a delivery that failed twice is given up',
    outbox,
    'const wait = waits[tries - 1]',
    'const wait = tries > 1 ? undefined : waits[tries - 1]',
  ],
  ['an endpoint that failed once is switched off', outbox, 'now - failingSince >= patienceMs', 'now >= failingSince'],
  [
    'the signature of an event leaves its id out',
    deliver,
    '(text) => webhooks.sign([secret, nextSecret], text)',
    '(text) => webhooks.sign([secret, nextSecret], text.slice(1))',
  ],
  ['a connected system hears SUCCESSPAY of an order that closed', deliver, "entry.type !== 'order.paid' || ", ''],
  [
    'the timer forgets the connected systems',
    deliver,
    'return [...endpoints, ...domains.map(bgUrlEndpoint)]',
    'return [...endpoints, ...domains.slice(0, 0).map(bgUrlEndpoint)]',
  ],
  [
    'each request makes an order',
    'store/domains.ts',
    '{ _id: requestId(code, requestKey), version: 1, ...request }',
    '{ _id: requestId(code, requestKey + request.orderNo), version: 1, ...request }',
  ],
  [
    'a request with other fields gets the order of the first one',
    'usecases/web/requests/placeRequest.ts',
    '  assertSame(request, signed)\n  const { orderMinutes }',
    '  const { orderMinutes }',
  ],
  [
    'a connected system is not understood',
    endpoint,
    "(!bgUrlOf || answer === 'success')",
    "(!bgUrlOf || answer === 'SUCCESS')",
  ],
  [
    'a failure counts five times',
    delivery,
    'const tries = isSuccess ? delivery.tries : delivery.tries + 1',
    'const tries = isSuccess ? delivery.tries : delivery.tries + 5',
  ],
  ['all tries come within minutes', outbox, 'Math.round(wait * (0.9', 'Math.round(Math.min(wait, 5_000) * (0.9'],
  [
    'an order is told as paid again at each refund',
    'domain/orders/order.ts',
    "if (before.state !== after.state && after.state !== 'open')",
    "if ((before.state !== after.state || before.refunds !== after.refunds) && after.state !== 'open')",
  ],
  [
    'the end of the old secret ends the new one',
    endpoint,
    'secret: endpoint.nextSecret, nextSecret: null',
    'nextSecret: null',
  ],
  [
    'the new secret does not sign yet',
    deliver,
    'webhooks.sign([secret, nextSecret], text)',
    'webhooks.sign([secret, nextSecret].slice(0, 1), text)',
  ],
  [
    'a repeat has the time of the first call',
    deliver,
    'webhookCall(ctx, endpoint, delivery, at)',
    'webhookCall(ctx, endpoint, delivery, Math.min(at, delivery.createdAt))',
  ],
  ['events wait for days', outbox, 'const ownMs = 15_000', 'const ownMs = 4 * dayMs'],
  [
    'an endpoint that is off hears events',
    endpoint,
    "endpoint.state === 'on' && isMeantFor",
    'endpoint.state !== null && isMeantFor',
  ],
  [
    'a failed refund is no event',
    'domain/orders/order.ts',
    "(state === 'done' || state === 'failed') && stateOf",
    "state === 'done' && stateOf",
  ],
  [
    'a missed charge is no event',
    'domain/contract.ts',
    "before.state !== after.state && after.state === 'pastDue'",
    "before.state !== after.state && after.state === 'pastDue' && after.version < 0",
  ],
  [
    'all events of an order have the same place',
    'usecases/platform/eventBody.ts',
    'sequence: seq, data',
    'sequence: 1, data',
  ],
  ['events show no refunds', 'usecases/platform/eventBody.ts', 'refundedFen: order.refundedFen', 'refundedFen: 0'],
  [
    'what an endpoint missed is not kept',
    endpoint,
    "state === 'off' && (offBecause === 'gone' || offBecause === 'dead')",
    "state === 'off' && offBecause === null",
  ],
]

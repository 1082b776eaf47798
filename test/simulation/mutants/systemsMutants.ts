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
]

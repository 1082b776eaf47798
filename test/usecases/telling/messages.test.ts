// Tests subscribe messages: the timer sends each message at most once. If the user has given no permission, no error
// occurs, and the message is not tried again.
import type { Delivery } from '../../../cloudfunctions/shared/domain/telling/delivery'
import type { Endpoint } from '../../../cloudfunctions/shared/domain/telling/endpoint'
import {
  claimMessage,
  type Message,
  type MessageKind,
  messageData,
  readTemplate,
} from '../../../cloudfunctions/shared/domain/telling/message'
import type { Staff } from '../../../cloudfunctions/shared/store/staff'
import { writeMessage } from '../../../cloudfunctions/shared/store/wechat/messages'
import { workMessages } from '../../../cloudfunctions/shared/usecases/due/workMessages'
import { workOutbox } from '../../../cloudfunctions/shared/usecases/due/workOutbox'
import { requestRefund } from '../../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { beijing, type Club, day, hour, openClub } from '../../support/club'
import { createFakeMessages } from '../../support/fakes/fakeMessages'
import { minute, openShop, paidOrder, type Shop } from '../../support/shop'

const id = (kind: string) => `${kind}_template_of_this_shop_0001`
const text = (kind: string) =>
  `${id(kind)}, thing1=goods, amount2=amount, time3=time, character_string4=number, phrase5=note`

let shop: Shop
beforeEach(() => {
  shop = openShop()
  shop.settings.messages = { paid: text('paid'), refunded: text('refunded'), newOrder: text('newOrder') }
})

const kept = (): Message[] => shop.db.all<Message>('messages')
const states = () => kept().map(({ kind, state, code }) => [kind, state, code])

/** Runs the timer's work on events and messages. */
async function timer(): Promise<void> {
  shop.advance(minute)
  await workOutbox(shop.ctx, () => true)
  await workMessages(shop.ctx, () => true)
}

it('a paid order: one message in the words of the template, though the timer runs twice', async () => {
  shop.messages.service.permit('shopper-a', [id('paid'), id('paid')])
  const orderNo = await paidOrder(shop)
  await timer()
  await timer()
  expect(states()).toEqual([['paid', 'sent', null]])
  expect(shop.messages.service.sent()).toMatchObject([
    {
      touser: 'shopper-a',
      template_id: id('paid'),
      page: `pages/order/index?orderNo=${orderNo}`,
      data: {
        thing1: { value: '茉莉花茶' },
        amount2: { value: '¥25.00' },
        character_string4: { value: orderNo },
        phrase5: { value: '支付成功' },
      },
    },
  ])
})

it('without a permit WeChat refuses once, and nobody tries again', async () => {
  await paidOrder(shop)
  for (let runs = 0; runs < 5; runs++) await timer()
  expect(states()).toEqual([['paid', 'refused', 43101]])
  expect(shop.messages.calls).toBe(1)
})

it('a shop without templates makes no message, and asks for no permit', async () => {
  delete shop.settings.messages
  await paidOrder(shop)
  await timer()
  expect(kept()).toEqual([])
  expect(shop.messages.calls).toBe(0)
})

it('over WeChat’s quota the message waits, longer each time, and is given up', async () => {
  shop.messages.service.permit('shopper-a', [id('paid')])
  shop.messages.service.setMood('quota')
  await paidOrder(shop)
  await timer()
  expect(states()).toEqual([['paid', 'waiting', 45009]])
  await workMessages(shop.ctx, () => true)
  expect(shop.messages.calls).toBe(1)
  shop.advance(minute)
  shop.messages.service.setMood('works')
  await workMessages(shop.ctx, () => true)
  expect(states()).toEqual([['paid', 'sent', null]])
  shop.messages.service.setMood('quota')
  await paidOrder(shop)
  for (let hours = 0; hours < 20; hours++) {
    shop.advance(60 * minute)
    await timer()
  }
  expect(states()[1]).toEqual(['paid', 'failed', 45009])
})

it('if the answer leaves open whether the message was sent, no second message is sent', async () => {
  shop.messages.service.permit('shopper-a', [id('paid'), id('paid')])
  shop.messages.service.setMood('down')
  await paidOrder(shop)
  for (let runs = 0; runs < 5; runs++) await timer()
  expect(states()).toEqual([['paid', 'unclear', -1]])
  expect(shop.messages.service.sent()).toHaveLength(1)
})

it('a message whose sender was killed after its claim is never sent', async () => {
  shop.messages.service.permit('shopper-a', [id('paid')])
  await paidOrder(shop)
  shop.advance(minute)
  await workOutbox(shop.ctx, () => true)
  const [message] = kept()
  if (!message) throw new Error('no message')
  await writeMessage(shop.db, message, claimMessage(message))
  await timer()
  expect(shop.messages.calls).toBe(0)
})

it('two timers at once send one message', async () => {
  shop.messages.service.permit('shopper-a', [id('paid'), id('paid')])
  await paidOrder(shop)
  shop.advance(minute)
  await workOutbox(shop.ctx, () => true)
  await Promise.all([1, 2, 3].map(() => workMessages(shop.ctx, () => true)))
  expect(shop.messages.service.sent()).toHaveLength(1)
})

it('the message about a refund has the refund’s amount', async () => {
  shop.messages.service.permit('shopper-a', [id('refunded')])
  const orderNo = await paidOrder(shop)
  const wish = { paymentNo: `${orderNo}01`, requestId: 'refund-0001', amountFen: 250, reason: '', by: 'staff' }
  await requestRefund(shop.ctx, orderNo, wish)
  await shop.tick()
  await timer()
  const told = shop.messages.service.sent().find(({ template_id }) => template_id === id('refunded'))
  expect(told?.data.amount2).toEqual({ value: '¥2.50' })
})

it('staff who gave permission get a message about a new order, one for each permission', async () => {
  const person: Staff = {
    _id: 'staff-openid-000001',
    version: 1,
    role: 'owner',
    name: '',
    addedAt: 0,
    hearsOrders: true,
  }
  shop.db.put('staff', person)
  shop.messages.service.permit(person._id, [id('newOrder')])
  for (let orders = 0; orders < 3; orders++) {
    await paidOrder(shop)
    await timer()
  }
  expect(states().filter(([kind]) => kind === 'newOrder')).toEqual([
    ['newOrder', 'sent', null],
    ['newOrder', 'refused', 43101],
  ])
})

async function live(club: Club, until: number): Promise<void> {
  while (club.now < until) {
    await club.until(Math.min(until, club.now + hour))
    for (const { out_trade_no } of club.papay.taken) await club.notifyDebit(out_trade_no)
  }
}

it('a subscriber gets a message about an announced charge, and about one that finally failed', async () => {
  const club = openClub(beijing('2026-01-31T10:00:00'))
  const chargeAnnounced = text('chargeAnnounced')
  club.settings.messages = { chargeAnnounced, chargeFailed: text('chargeFailed') }
  const contractNo = await club.subscribe()
  await live(club, club.now + day)
  club.papay.word = () => 'NOTENOUGH'
  await live(club, beijing('2026-02-27T12:00:00'))
  expect(club.db.all<Message>('messages').map(({ kind, facts }) => [kind, facts.number, facts.amountFen])).toEqual([
    ['chargeAnnounced', contractNo, 3_800],
  ])
  await live(club, beijing('2026-03-07T12:00:00'))
  const messages = createFakeMessages(() => club.now)
  messages.service.permit(club.ctx.openid, [id('chargeFailed')])
  const ctx = { ...club.ctx, messages: messages.door }
  for (let runs = 0; runs < 2; runs++) {
    await workOutbox(ctx, () => true)
    await workMessages(ctx, () => true)
  }
  expect(messages.service.sent()).toMatchObject([
    {
      template_id: id('chargeFailed'),
      page: `pages/contract/index?contractNo=${contractNo}`,
      data: { thing1: { value: '每月一茶' }, amount2: { value: '¥38.00' }, phrase5: { value: '扣款失败' } },
    },
  ])
})

it.each<[string, object | undefined]>([
  ['a_template_id_of_43_letters_0000000000000, thing1=goods', { id: 'a_template_id_of_43_letters_0000000000000' }],
  ['short, thing1=goods', undefined],
  ['a_template_id_of_43_letters_0000000000000', undefined],
  ['a_template_id_of_43_letters_0000000000000, thing1=openid', undefined],
  ['a_template_id_of_43_letters_0000000000000, car_number1=number', undefined],
  ['a_template_id_of_43_letters_0000000000000, thing1=goods, thing1=note', undefined],
])('the template %j', (written, read) => {
  if (read) expect(readTemplate(written)).toMatchObject(read)
  else expect(readTemplate(written)).toBeUndefined()
})

it('long names are cut to what WeChat takes, and emoji count as one letter', () => {
  const template = readTemplate('a_template_id_of_43_letters_0000000000000, thing1=goods, date2=time')
  if (!template) throw new Error('no template')
  const facts = {
    number: '1',
    goods: '🍵'.repeat(30),
    amountFen: 1,
    currency: 'CNY',
    at: Date.parse('2026-03-01T04:00:00Z'),
  }
  const data = messageData(template, 'paid' satisfies MessageKind, facts)
  expect(data).toEqual({ thing1: { value: '🍵'.repeat(20) }, date2: { value: '2026年3月1日' } })
})

it('messages that cannot be stored delay no events to connected systems, and are made later', async () => {
  shop.db.put<Endpoint>('endpoints', {
    _id: 'endpoint1',
    version: 1,
    domain: null,
    url: 'https://hear.example.com',
    note: '',
    state: 'on',
    offBecause: null,
    createdAt: shop.ctx.now(),
    secret: '',
    nextSecret: null,
    failingSince: null,
    isSlow: false,
    okAt: null,
  })
  await paidOrder(shop)
  const insert = shop.db.insert
  shop.db.insert = (collection, document) =>
    collection === 'messages' ? Promise.reject(new Error('no such collection')) : insert(collection, document)
  await timer()
  expect(shop.db.all<Delivery>('deliveries')).toMatchObject([{ type: 'order.paid' }])
  shop.db.insert = insert
  shop.advance(10 * minute)
  await timer()
  expect(kept().map(({ kind }) => kind)).toEqual(['paid'])
  expect(shop.db.all('deliveries')).toHaveLength(1)
})

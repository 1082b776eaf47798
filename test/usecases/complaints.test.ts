// Tests complaints: the shop knows each complaint within an hour even if notices get lost, each answer is sent once,
// and the first page shows the deadlines until the shop has answered and completed the complaint.
import type { AdminInput } from '../../cloudfunctions/shared/api/admin'
import type { Complaint } from '../../cloudfunctions/shared/domain/complaints/complaint'
import { workComplaints } from '../../cloudfunctions/shared/usecases/due/workComplaints'
import { workDueJobs } from '../../cloudfunctions/shared/usecases/due/workDueJobs'
import {
  answerAsStaff,
  complaintPhone,
  listComplaints,
  readComplaintAsStaff,
} from '../../cloudfunctions/shared/usecases/staff/complaints/manageComplaints'
import { readStats } from '../../cloudfunctions/shared/usecases/staff/readStats'
import { createFakeComplaints, type FakeComplaints } from '../support/fakes/fakeComplaints'
import { minute, openShop, type Shop } from '../support/shop'

const hour = 60 * minute
const day = 24 * hour
const id = '200201820200101080076610000'

interface Desk {
  shop: Shop
  fake: FakeComplaints
}

function openDesk(): Desk {
  const shop = openShop()
  const fake = createFakeComplaints(shop.ctx.now)
  shop.fake.provider.complaints = fake.desk
  return { shop, fake }
}

const clerk = ({ shop }: Desk) => shop.staff('clerk')
const answer = (desk: Desk, requestId: string, wish: AdminInput<'answerComplaint'>['answer'], of = id) =>
  answerAsStaff(clerk(desk), { id: of, requestId, answer: wish })
const reply = (desk: Desk, requestId = 'request-1', text = '马上为您补发') =>
  answer(desk, requestId, { what: 'reply', text })
const stored = ({ shop }: Desk, of = id) => shop.db.peekAll<Complaint>('complaints').find(({ _id }) => _id === of)
const replies = ({ fake }: Desk) => fake.entries.filter(({ what }) => what === 'reply').length
const need = async (desk: Desk) => {
  const { needs } = (await readStats(clerk(desk))).result
  expect(needs).not.toBeNull()
  return needs?.find(({ what }) => what === 'complaints')
}
const tick = ({ shop }: Desk) => workComplaints(shop.ctx, () => true)
const hourly = async (desk: Desk) => {
  const { now } = desk.shop.ctx
  desk.shop.advance(hour - (now() % hour))
  await workDueJobs(desk.shop.ctx, () => true)
}

it('a complaint is listed within an hour without any notice, and its deadlines stand on the first page', async () => {
  const desk = openDesk()
  desk.fake.complain(id)
  const at = desk.shop.ctx.now()
  await hourly(desk)
  const { complaints } = (await listComplaints(clerk(desk), { which: 'open' })).result
  expect(complaints).toMatchObject([{ id, state: 'pending', answerBy: at + day, doneBy: at + 3 * day }])
  expect(await need(desk)).toEqual({ what: 'complaints', count: 1, by: at + day })
  await reply(desk)
  expect(await need(desk)).toEqual({ what: 'complaints', count: 1, by: at + 3 * day })
  await answer(desk, 'request-2', { what: 'finish' })
  expect(await need(desk)).toBeUndefined()
  expect((await listComplaints(clerk(desk), { which: 'open' })).result.complaints).toEqual([])
  expect((await listComplaints(clerk(desk), { which: 'all' })).result.complaints).toHaveLength(1)
})

it('lists of many complaints are read in a bounded number of pages a run, until all are stored', async () => {
  const desk = openDesk()
  for (let index = 0; index < 430; index++) desk.fake.complain(`c${index}`)
  await hourly(desk)
  expect(desk.fake.lists).toBe(4)
  for (let run = 0; run < 3; run++) {
    desk.shop.advance(minute)
    await workDueJobs(desk.shop.ctx, () => true)
  }
  expect(desk.shop.db.peekAll('complaints')).toHaveLength(430)
  const lists = desk.fake.lists
  desk.shop.advance(30 * minute)
  await workDueJobs(desk.shop.ctx, () => true)
  expect(desk.fake.lists).toBe(lists)
})

it('a new message, and a second complaint after the end, begin new deadlines', async () => {
  const desk = openDesk()
  desk.fake.complain(id)
  await hourly(desk)
  await reply(desk)
  const one = desk.fake.told.get(id)
  if (one) desk.fake.told.set(id, { ...one, awaitsReply: true })
  desk.shop.advance(hour)
  await readComplaintAsStaff(clerk(desk), { id })
  expect(stored(desk)?.waitsSince).toBe(desk.shop.ctx.now())
  await answer(desk, 'request-2', { what: 'finish' })
  const done = desk.fake.told.get(id)
  if (done) desk.fake.told.set(id, { ...done, state: 'pending', times: 2 })
  desk.shop.advance(5 * day)
  await hourly(desk)
  const now = desk.shop.ctx.now()
  expect(stored(desk)).toMatchObject({ isOpen: true, waitsSince: now, openSince: now })
})

describe('an answer', () => {
  it('is sent once for a repeated request, and for two at the same time', async () => {
    const desk = openDesk()
    desk.fake.complain(id)
    await hourly(desk)
    await Promise.allSettled([reply(desk), reply(desk), reply(desk), tick(desk)])
    await reply(desk)
    await tick(desk)
    expect(replies(desk)).toBe(1)
    expect(stored(desk)?.answers).toMatchObject([{ state: 'sent' }])
  })

  it('whose reply is lost is found in the history, and not sent again', async () => {
    const desk = openDesk()
    desk.fake.complain(id)
    await hourly(desk)
    desk.fake.mood = 'lost'
    await reply(desk)
    expect(stored(desk)?.answers[0]?.state).toBe('sending')
    desk.fake.mood = 'works'
    desk.shop.advance(2 * minute)
    await tick(desk)
    expect(replies(desk)).toBe(1)
    expect(stored(desk)?.answers[0]?.state).toBe('sent')
  })

  it('to a provider that is down is sent when it is back, and given up after a day', async () => {
    const desk = openDesk()
    desk.fake.complain(id)
    await hourly(desk)
    desk.fake.mood = 'down'
    await reply(desk)
    for (let run = 0; run < 5; run++) {
      desk.shop.advance(hour)
      await tick(desk)
    }
    expect(stored(desk)?.answers[0]?.state).toBe('sending')
    await expect(reply(desk, 'request-2', '另一条')).rejects.toMatchObject({ code: 'Conflict' })
    desk.fake.mood = 'works'
    desk.shop.advance(hour)
    await tick(desk)
    expect([replies(desk), stored(desk)?.answers[0]?.state]).toEqual([1, 'sent'])
    desk.fake.mood = 'down'
    await reply(desk, 'request-3', '还有一条')
    for (let run = 0; run < 27; run++) {
      desk.shop.advance(hour)
      await tick(desk)
    }
    expect(stored(desk)?.answers[1]).toMatchObject({ state: 'givenUp', checkAt: null })
  })

  it('survives 50 kills at any write: it arrives once', async () => {
    for (let kill = 1; kill <= 50; kill++) {
      const desk = openDesk()
      desk.fake.complain(id)
      await hourly(desk)
      const { writes } = desk.shop.db.trips
      const from = writes + (kill % 5) + 1
      const luck = kill % 2 === 0 ? 'lostReply' : 'notSent'
      // From this write on nothing is stored any more, as if the process was killed.
      desk.shop.db.luck = (write) => (write < from ? 'fine' : write === from ? luck : 'notSent')
      await reply(desk).catch(() => undefined)
      desk.shop.db.luck = () => 'fine'
      for (let run = 0; run < 4; run++) {
        desk.shop.advance(20 * minute)
        await tick(desk)
      }
      // The first request was not stored at all, so the person taps again.
      await reply(desk)
      expect([kill, replies(desk)]).toEqual([kill, 1])
    }
  })

  it('that is refused says so, and the next one can be sent', async () => {
    const desk = openDesk()
    desk.fake.complain(id, { about: 'other' })
    await hourly(desk)
    desk.fake.mood = 'refuses'
    const { complaint } = (await reply(desk)).result
    expect(complaint.answers).toMatchObject([{ state: 'refused', reason: 'PARAM_ERROR' }])
    desk.fake.mood = 'works'
    await reply(desk, 'request-2')
    expect(replies(desk)).toBe(1)
    await expect(answer(desk, 'request-3', { what: 'approveRefund', days: 0 })).rejects.toMatchObject({
      code: 'Conflict',
    })
  })
})

it('the phone number is in no list, no view and no log', async () => {
  const desk = openDesk()
  desk.fake.complain(id)
  await hourly(desk)
  const views = [
    (await listComplaints(clerk(desk), { which: 'all' })).result,
    (await readComplaintAsStaff(clerk(desk), { id })).result,
    (await readComplaintAsStaff({ ...clerk(desk), role: 'viewer' }, { id })).result,
    desk.shop.logged,
  ]
  expect(JSON.stringify(views)).not.toContain('138')
  expect(views[1]).toMatchObject({ complaint: { hasPhone: true } })
  expect(views[2]).toMatchObject({ complaint: { hasPhone: false, may: [] } })
  expect((await complaintPhone(clerk(desk), { id })).result).toEqual({ phone: '13800000000' })
  expect(desk.shop.logged.join()).not.toContain('138')
})

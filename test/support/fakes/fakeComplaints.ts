// A provider's complaint service in memory, for tests of use cases. It takes answers to complaints, can lose its
// replies, and counts calls.
import type { ComplaintEntry, ToldComplaint } from '../../../cloudfunctions/shared/domain/complaints/complaint'
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import type { Complaints } from '../../../cloudfunctions/shared/providers/complaints'

/** `lost`: the service accepts the answer, but its reply does not arrive. */
export type DeskMood = 'works' | 'down' | 'lost' | 'refuses'

export interface FakeComplaints {
  desk: Complaints
  mood: DeskMood
  told: Map<string, ToldComplaint>
  entries: ComplaintEntry[]
  /** how many times a list was read */
  lists: number
  complain(id: string, about?: Partial<ToldComplaint>): void
}

export function createFakeComplaints(now: () => number): FakeComplaints {
  const told = new Map<string, ToldComplaint>()
  const reachable = () => {
    if (fake.mood === 'down') throw new AppError('ProviderUnavailable', 'down')
  }
  const fake: FakeComplaints = {
    mood: 'works',
    told,
    entries: [],
    lists: 0,
    complain(id, about = {}) {
      told.set(id, {
        state: 'pending',
        complainedAt: now(),
        text: '杯子碎了',
        problem: '商品质量有问题',
        about: 'refund',
        payments: [],
        refundAskedFen: 100,
        isRefunded: false,
        awaitsReply: false,
        times: 1,
        merchant: '1900000001',
        sealedPhone: 'sealed:13800000000',
        pictures: 0,
        ...about,
      })
    },
    desk: {
      daysAtOnce: 30,
      async list(_days, offset) {
        reachable()
        fake.lists += 1
        const all = [...told].map(([id, one]) => ({ id, told: one }))
        const complaints = all.slice(offset, offset + 50)
        return { complaints, rows: complaints.length, total: all.length }
      },
      async read(id) {
        reachable()
        const one = told.get(id)
        if (!one) throw new AppError('ProviderRefused', 'no such complaint')
        return { ...one, sealedPhone: `${one.sealedPhone}:${now()}` }
      },
      async history() {
        reachable()
        return fake.entries
      },
      async answer({ id, what, text }) {
        const one = told.get(id)
        if (fake.mood === 'down') return { outcome: 'notSent' }
        if (fake.mood === 'refuses' || !one) return { outcome: 'refused', reason: 'PARAM_ERROR' }
        fake.entries.push({ at: now(), who: 'shop', what, type: what, text })
        told.set(id, { ...one, awaitsReply: false, state: what === 'finish' ? 'processed' : 'processing' })
        return { outcome: fake.mood === 'lost' ? 'unknown' : 'sent' }
      },
      openPhone: (sealed) => sealed.split(':')[1] ?? '',
    },
  }
  return fake
}

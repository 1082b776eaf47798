// Mutants: faults put on purpose into contracts and their charges.
import type { Patch } from './mutant'

const stored = 'store/compareAndSet.ts'
const steps = 'domain/chargeSteps.ts'
const contract = 'domain/contract.ts'

export const contractMutants: readonly Patch[] = [
  [
    'the signer is not compared',
    'usecases/settle/settleContract.ts',
    "if (isKnown && payer !== undefined && payer !== source.provider.shopperName?.(contract.openid)) return 'signer'",
    '',
  ],
  ['a debit needs no announcement', steps, 'if (rule.notice === null)', 'if (rule.notice !== null)'],
  [
    'an announcement holds for ever',
    steps,
    "if (at < window.toAt) return { what: 'debit', at, period }",
    "return { what: 'debit', at, period }",
  ],
  [
    'an announcement holds on its own day',
    steps,
    'fromAt: startOfDay(dayOf(announcement.sentAt) + notice.firstDay),',
    'fromAt: announcement.sentAt,',
  ],
  [
    'what is ending is charged on',
    steps,
    "if (ending !== null && state !== 'ended') return { what: 'tell', at: checkAt ?? now }",
    '',
  ],
  [
    'a lost compare-and-set of a contract is ignored',
    stored,
    'if (await write(db, before, decision[name])) return decision',
    "if ((await write(db, before, decision[name])) || name === 'contract') return decision",
  ],
  [
    'a paid period stays open',
    contract,
    "if (order.state === 'paid') return charge.state === 'paid' ? contract : paidCharge(contract, charge, order, now)",
    '',
  ],
  [
    'the next period is the same one',
    contract,
    'Math.max(contract.nextPeriod, period + 1)',
    'Math.max(contract.nextPeriod, period)',
  ],
  [
    'an ended contract is active again',
    'domain/contractShape.ts',
    "  ended: { signed: 'contradiction', pending: 'ended',",
    "  ended: { signed: 'active', pending: 'active',",
  ],
]

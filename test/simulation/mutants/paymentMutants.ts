// Mutants: faults put on purpose into paying, closing and storing orders, and into receiving notices.
import type { Patch } from './mutant'

const change = 'domain/orders/order.ts'
const payments = 'domain/orders/orderPayments.ts'
const payment = 'domain/payment.ts'
const pay = 'usecases/orders/payOrder.ts'
const timer = 'usecases/due/workDue.ts'
const door = 'usecases/settle/receiveNotice.ts'
const end = 'usecases/settle/endAttempt.ts'
const stored = 'store/compareAndSet.ts'

export const paymentMutants: readonly Patch[] = [
  [
    'thank before storing',
    door,
    'return verified !== undefined && thanked.has(await settle(ctx, verified.source, verified.notice))',
    'if (!verified) return false\n    void settle(ctx, verified.source, verified.notice).catch(() => undefined)\n    return true',
  ],
  [
    'a mismatch is thanked and not kept',
    'usecases/settle/settleReport.ts',
    'await keep(kind, (error as AppError).message)\n  return kind',
    "if (kind === 'mismatched') return 'unchanged' as 'mismatched'\n  await keep(kind, (error as AppError).message)\n  return kind",
  ],
  [
    'a forged notice is believed',
    door,
    'provider.parseNotice(request, at)',
    "provider.parseNotice({ ...request, headers: { ...request.headers, sign: 'good' } }, at)",
  ],
  [
    'the answer to closing is thrown away',
    end,
    'source.provider.close(paymentRef(',
    "(async (ref: never) => {\n      void source.provider.close?.(ref)\n      return { outcome: 'closed' as const, raw: null }\n    })(paymentRef(",
  ],
  [
    'an unconfirmed notice is thanked',
    door,
    "return isSilent && verdict !== 'contradiction' ? 'unconfirmed' : verdict",
    'return verdict',
  ],
  [
    'a lost compare-and-set is ignored',
    stored,
    'if (await write(db, before, decision[name])) return decision',
    "if ((await write(db, before, decision[name])) || name === 'order') return decision",
  ],
  [
    'the version of a retry is the newest one',
    stored,
    'if (await write(db, before, decision[name])) return decision',
    'if (await write(db, { ...before, version: (await mustRead(db, id)).version }, decision[name])) return decision',
  ],
  [
    'a failed write is taken for done',
    stored,
    "} catch (error) {\n        failure = error\n      }\n    }\n    throw new AppError('Conflict', `the",
    "} catch {\n        return decision\n      }\n    }\n    throw new AppError('Conflict', `the",
  ],
  [
    'the provider is asked before the attempt is stored',
    pay,
    'const opened = await open(ctx, ended, choice)',
    'const opened = openAttempt(ended, choice.definition.code, choice.channel.code, ctx.now())',
  ],
  [
    'the same number of an attempt is given twice',
    pay,
    "goesOn(there, choice) &&\n        payerOf(before, there) === ctx.openid &&\n        (there.createdAt === planned.createdAt || (repeatOf(choice) === 'same' && isWaiting(there)))",
    'there.no === planned.no',
  ],
  [
    'an older attempt is left open beside a new one',
    pay,
    'const ended = current ? await endAttempts(ctx, order, claimId) : order',
    'const ended = order',
  ],
  [
    'what another tap opened is left open',
    pay,
    'if (last && !order.payments.some(({ no }) => no === last.no)) {',
    'if (last && order.payments.length < 0) {',
  ],
  [
    'the amount is not compared',
    'usecases/settle/settleReport.ts',
    "if (report.amountFen !== undefined && amountFen !== undefined && report.amountFen !== amountFen) differs('amount')",
    '',
  ],
  [
    'unknown is taken for closed',
    payment,
    "  pending: {\n    pending: 'pending',\n    unknown: 'pending',",
    "  pending: {\n    pending: 'pending',\n    unknown: 'closed',",
  ],
  [
    'late money on a closed attempt is dropped',
    payment,
    "  closed: {\n    pending: 'closed',\n    unknown: 'closed',\n    paid: 'paid',",
    "  closed: {\n    pending: 'closed',\n    unknown: 'closed',\n    paid: 'closed',",
  ],
  [
    'money on a failed attempt is dropped',
    payment,
    "  failed: {\n    pending: 'failed',\n    unknown: 'failed',\n    paid: 'paid',",
    "  failed: {\n    pending: 'failed',\n    unknown: 'failed',\n    paid: 'failed',",
  ],
  [
    'a pending answer opens a paid payment again',
    payment,
    "  paid: {\n    pending: 'paid',",
    "  paid: {\n    pending: 'pending',",
  ],
  [
    'a declined attempt is never asked about again',
    payments,
    "cell === 'failed' ? nextLookAt(order, now, now) : null",
    'null',
  ],
  [
    'an attempt is not asked about again',
    timer,
    'isDue(payment) || (isWaiting(payment) && justExpired)',
    'isWaiting(payment) && justExpired',
  ],
  ['a refusal ends an attempt that may be paid', payments, "if (payment.state !== 'created') return order\n", ''],
  ['overpayment is not marked', payments, "const surplus = order.state !== 'open'", 'const surplus = false'],
  [
    'a second charge under one number is not seen',
    payments,
    'if (isSecondPayment(payment, news))\n    return applySecondPayment(order, payment, news, { now, refundSurplus: refundSecond })',
    '',
  ],
  [
    'an order closes while its money may come',
    'usecases/orders/endOrder.ts',
    'order.payments.some(isWaiting) ? expireNow(order, by, now) : closeOrder',
    'isWaiting === undefined ? expireNow(order, by, now) : closeOrder',
  ],
  [
    'expiry closes attempts without asking',
    timer,
    'return isOver && isWaiting(payment) ? endAttempt(ctx, current, payment) : askAttempt(ctx, current, payment)',
    'return isOver && isWaiting(payment) ? current : askAttempt(ctx, current, payment)',
  ],
  [
    'an expired order stays open',
    timer,
    "const mayClose = order.state === 'open' && now >= order.expiresAt",
    'const mayClose = false',
  ],
  [
    'nobody is called after the last look',
    timer,
    "    await callPerson(ctx, order, 'unresolved', `",
    "    if (no === '') await callPerson(ctx, order, 'unresolved', `",
  ],
  [
    'a failed insert is not read again',
    stored,
    '    if (there) return there\n    throw new AppError',
    '    throw new AppError',
  ],
  [
    'closed is believed without a question',
    end,
    'const asked = await ask(ctx, order, payment, source)',
    'const asked: Ended = { order, isDisputed: false }',
  ],
  ['the due time is not planned anew', change, '  after.dueAt = dueAtOf(after, now)\n', ''],
  [
    'an event is told twice',
    payments,
    '  return surplus && refundSurplus\n    ? openRefund(',
    '  after.history = [...after.history, ...after.history.slice(-1)]\n  return surplus && refundSurplus\n    ? openRefund(',
  ],
  [
    'the version is not counted up',
    change,
    'const after = { ...order, ...fields, version: order.version + 1, tries: 0 }',
    'const after = { ...order, ...fields, version: order.version, tries: 0 }',
  ],
  ['history grows without bound', change, '.slice(-historyLimit)', '.concat(order.history)'],
  [
    'money is booked under the newest attempt',
    payments,
    'payments: replace(order.payments, paid),',
    'payments: replace(order.payments, { ...paid, no: order.payments[order.payments.length - 1]?.no ?? paid.no }),',
  ],
  [
    'a second charge that is told first is thanked and dropped',
    door,
    'if (after && first && isSecondPayment(first, report))',
    'if (after && first && order === undefined)',
  ],
  [
    'a payInfo leaves for an attempt that ended',
    pay,
    "if (!isWaiting(kept)) throw new AppError('Conflict', 'the attempt has ended: try again')",
    '',
  ],
  [
    'a case that was not kept is forgotten',
    'usecases/platform/recordNotice.ts',
    "if (!isKept) throw new AppError('Internal', 'the notice could not be kept')",
    'void isKept',
  ],
  [
    'the payment of a new order begins at a price that the shopper did not see',
    'usecases/orders/createOrder.ts',
    'return isAsShown && isUntouched',
    'return (isAsShown || true) && isUntouched',
  ],
]

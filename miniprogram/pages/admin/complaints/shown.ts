// How a complaint looks in the list and on its page.
import type { ComplaintEntryView, ComplaintRow, ComplaintView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { beijingMinute } from '../../../rules/beijing'
import { type Line, line } from '../texts'
import { t } from './messages'

const currency = 'CNY'
const tones = { pending: 'bad', processing: 'warn', processed: 'good' } as const

const limitsOf = ({ answerBy, doneBy }: ComplaintRow, now: number): { text: string; isLate: boolean }[] =>
  [
    { by: answerBy, say: t.answerBy },
    { by: doneBy, say: t.doneBy },
  ].flatMap(({ by, say }) => {
    if (by === null) return []
    const isLate = by < now
    return [{ text: isLate ? `${say(beijingMinute(by))} · ${t.late}` : say(beijingMinute(by)), isLate }]
  })

export function complaintRow(complaint: ComplaintRow, now: number) {
  const { id, state, text, about, amountFen, complainedAt } = complaint
  const row = {
    id,
    url: `/pages/admin/complaint/index?id=${id}`,
    title: text === '' ? t.unread : text,
    state: state === null ? '' : t.states[state],
    tone: state === null ? '' : tones[state],
    about: t.abouts[about],
    amount: amountFen === null ? '' : moneyText(amountFen, currency),
    time: beijingMinute(complainedAt),
    limits: limitsOf(complaint, now),
  }
  const label = [row.title, row.about, row.amount, row.state, ...row.limits.map((one) => one.text)]
  return { ...row, label: label.filter(Boolean).join(inLanguage('，', ', ')) }
}

const linesOf = (complaint: ComplaintView): Line[] => [
  ...line(t.about, t.abouts[complaint.about]),
  ...line(t.problem, complaint.problem || null),
  ...line(t.amount, complaint.amountFen === null ? null : moneyText(complaint.amountFen, currency)),
  ...line(t.refundAsked, complaint.refundAskedFen === null ? null : moneyText(complaint.refundAskedFen, currency)),
  ...line(t.complainedAt, beijingMinute(complaint.complainedAt)),
  ...line(t.times, complaint.times > 1 ? String(complaint.times) : null),
  ...complaint.payments.map(({ theirNo }) => ({ name: t.theirNo, value: theirNo })),
]

const answerTones = { sending: 'warn', sent: 'good', refused: 'bad', givenUp: 'bad' } as const

export function complaintShown(complaint: ComplaintView, history: readonly ComplaintEntryView[] | null) {
  const { may, orderNo, payments, pictures, hasPhone, isRefunded } = complaint
  return {
    head: complaintRow(complaint, complaint.now),
    lines: linesOf(complaint).map((one, index) => ({ key: String(index), ...one })),
    refunded: isRefunded ? t.refunded : '',
    pictures: pictures > 0 ? t.pictures(pictures) : '',
    orderUrl: orderNo === null ? '' : `/pages/admin/order/index?orderNo=${orderNo}`,
    noOrder: orderNo === null && payments.length > 0 ? t.noOrder : '',
    hasPhone,
    mayReply: may.includes('reply'),
    mayFinish: may.includes('finish'),
    mayDecide: may.includes('approveRefund'),
    answers: complaint.answers.map(({ what, text, by, at, state, reason }, index) => ({
      key: String(index),
      what: `${t.kinds[what]} · ${by}`,
      text,
      state: t.answerStates[state],
      tone: answerTones[state],
      reason: state === 'refused' ? (reason ?? '') : '',
      time: beijingMinute(at),
    })),
    history: (history ?? []).map(({ at, who, type, text }, index) => ({
      key: String(index),
      what: `${t.whos[who]} · ${t.types.get(type) ?? t.otherType}`,
      text,
      time: beijingMinute(at),
    })),
    noHistory: history === null ? t.noHistory : '',
  }
}

// The content of an export: one line for each order, refund or charge, with amounts in yuan and times in Beijing time.
import { beijingText } from '../../../../miniprogram/rules/beijing'
import type { RefundState } from '../../../../miniprogram/rules/terms'
import { maskOpenid } from '../mask'
import { decimalsOf, yuanFromFen } from '../money'
import { type Order, type StaffStanding, staffStanding } from '../orders/orderShape'
import { reasonText } from '../refund'
import type { Cell } from './csv'

export type ExportKind = 'orders' | 'refunds' | 'charges'
export type Language = 'zh' | 'en'

const time = (at: number | null): string => (at === null ? '' : beijingText(at))
const money = (fen: number, currency: string): string => yuanFromFen(fen, decimalsOf(currency))
const sumFen = (list: readonly { amountFen: number }[]): number =>
  list.reduce((sum, { amountFen }) => sum + amountFen, 0)
const no = (number: string | null): Cell => ({ number: number ?? '' })

/**
 * The cells for orders that another system requested: the code of the system, and the system's own number of the order.
 */
const requestCells = ({ domain }: Order): readonly Cell[] => [domain?.code ?? '', no(domain?.requestKey ?? null)]

const states: Record<Language, Record<StaffStanding | RefundState, string>> = {
  zh: {
    open: '待支付',
    closing: '关闭中',
    paid: '已支付',
    partlyRefunded: '部分退款',
    refunded: '已退款',
    closed: '已关闭',
    requested: '已申请',
    pending: '处理中',
    failed: '没有成功',
    done: '已退款',
  },
  en: {
    open: 'open',
    closing: 'closing',
    paid: 'paid',
    partlyRefunded: 'partly refunded',
    refunded: 'refunded',
    closed: 'closed',
    requested: 'requested',
    pending: 'under way',
    failed: 'failed',
    done: 'refunded',
  },
}

// The state of an order, in words for the export. Two exports of the same days must agree, even if an order expires
// between them. So an expired order that is not closed yet counts as open.
const standingText = (order: Order, language: Language): string =>
  states[language][staffStanding(order, order.createdAt)]

interface Table {
  headers: Record<Language, readonly string[]>
  rows(order: Order, asked: ExportAsked): readonly (readonly Cell[])[]
}

export interface ExportAsked {
  language: Language
  /** whether a time lies in the range of days that the export covers */
  within(at: number): boolean
  /** the name of a provider, given its code, in the language of the export */
  providerName(code: string): string
}

const providerText = ({ providerName }: ExportAsked, code: string | null | undefined): string =>
  code ? providerName(code) : ''

export const exportTables: Record<ExportKind, Table> = {
  orders: {
    headers: {
      zh: [
        '订单号',
        '状态',
        '顾客',
        '商品',
        '件数',
        '金额',
        '币种',
        '已退',
        '支付服务',
        '支付单号',
        '对方单号',
        '下单时间',
        '支付时间',
        '关闭时间',
        '合同号',
        '实收',
        '多收',
        '多收支付单号',
        '多收对方单号',
        '业务系统代码',
        '业务系统单号',
      ],
      en: [
        'Order',
        'State',
        'Shopper',
        'Goods',
        'Pieces',
        'Amount',
        'Currency',
        'Refunded',
        'Provider',
        'Payment',
        'Their number',
        'Placed',
        'Paid',
        'Closed',
        'Contract',
        'Received',
        'Overpaid',
        'Overpayments',
        'Their numbers of overpayments',
        'System',
        'Request key',
      ],
    },
    rows(order, asked) {
      const { language } = asked
      const paid = order.payments.find(({ state, surplus }) => state === 'paid' && !surplus)
      // Overpayments must be in the export; otherwise its total is less than the money received.
      const overpaid = order.payments.filter(({ state, surplus }) => state === 'paid' && surplus)
      return [
        [
          no(order._id),
          standingText(order, language),
          maskOpenid(order.openid),
          order.items
            .map(({ title, titleEn, quantity }) => `${language === 'zh' ? title : titleEn} × ${quantity}`)
            .join('; '),
          String(order.items.reduce((sum, { quantity }) => sum + quantity, 0)),
          money(order.amountFen, order.currency),
          order.currency,
          money(order.refundedFen, order.currency),
          providerText(asked, order.provider),
          no(paid?.no ?? null),
          no(paid?.theirNo ?? null),
          time(order.createdAt),
          time(order.paidAt),
          time(order.closedAt),
          no(order.contract?.contractNo ?? null),
          money(paid?.amountFen ?? 0, order.currency),
          money(sumFen(overpaid), order.currency),
          no(overpaid.map((payment) => payment.no).join(' ')),
          no(overpaid.map(({ theirNo }) => theirNo ?? '-').join(' ')),
          ...requestCells(order),
        ],
      ]
    },
  },
  refunds: {
    headers: {
      zh: [
        '退款号',
        '订单号',
        '支付单号',
        '状态',
        '金额',
        '币种',
        '原因',
        '支付服务',
        '对方单号',
        '申请时间',
        '完成时间',
        '业务系统代码',
        '业务系统单号',
      ],
      en: [
        'Refund',
        'Order',
        'Payment',
        'State',
        'Amount',
        'Currency',
        'Reason',
        'Provider',
        'Their number',
        'Requested',
        'Done',
        'System',
        'Request key',
      ],
    },
    rows: (order, asked) =>
      order.refunds
        .filter(({ bookedAt }) => bookedAt !== null && asked.within(bookedAt))
        .map((refund) => [
          no(refund.no),
          no(order._id),
          no(refund.paymentNo),
          states[asked.language][refund.state],
          money(refund.amountFen, order.currency),
          order.currency,
          reasonText(refund.reason, asked.language),
          providerText(asked, order.payments.find((payment) => payment.no === refund.paymentNo)?.provider),
          no(refund.theirNo),
          time(refund.createdAt),
          time(refund.doneAt),
          ...requestCells(order),
        ]),
  },
  charges: {
    headers: {
      zh: ['合同号', '期数', '订单号', '状态', '顾客', '方案', '金额', '币种', '扣款次数', '扣款时间', '支付时间'],
      en: ['Contract', 'Period', 'Order', 'State', 'Shopper', 'Plan', 'Amount', 'Currency', 'Tries', 'Charged', 'Paid'],
    },
    rows: (order, { language }) =>
      order.contract === undefined
        ? []
        : [
            [
              no(order.contract.contractNo),
              String(Number(order.contract.period) + 1),
              no(order._id),
              standingText(order, language),
              maskOpenid(order.openid),
              (language === 'zh' ? order.items[0]?.title : order.items[0]?.titleEn) ?? '',
              money(order.amountFen, order.currency),
              order.currency,
              String(order.payments.length),
              time(order.createdAt),
              time(order.paidAt),
            ],
          ],
  },
}

const broken: Record<Language, string> = { zh: '数据损坏，无法读取', en: 'broken, cannot be read' }

/** The export's line for an order that we cannot read: the order's number and a remark. */
export const brokenRow = (orderNo: string, what: ExportKind, language: Language): readonly Cell[] =>
  exportTables[what].headers[language].map((_, column) =>
    column === 0 ? no(orderNo) : column === 1 ? broken[language] : '',
  )

/**
 * The interface of a payment provider, `cloudfunctions/shared/providers/provider.ts`, and the types of the domain that
 * it uses. docs/custom-provider.md shows a complete provider.
 * @module provider
 */

export type {
  AnswerKind,
  AnswerOutcome,
  ComplaintEntry,
  ComplaintState,
  ToldComplaint,
} from '../../cloudfunctions/shared/domain/complaints/complaint'
export type { AnnouncementOutcome, ContractOutcome } from '../../cloudfunctions/shared/domain/contractShape'
export type { ErrorCode, ErrorDetail } from '../../cloudfunctions/shared/domain/errors'
export type { RefundNews, ToldRefund } from '../../cloudfunctions/shared/domain/orders/orderRefunds'
export type { DebitCause, PayInfoKind, PaymentOutcome } from '../../cloudfunctions/shared/domain/payment'
export type { Place, WebPlace } from '../../cloudfunctions/shared/domain/person'
export type { RefundOutcome, RefundStage } from '../../cloudfunctions/shared/domain/refund'
export * from '../../cloudfunctions/shared/providers/complaints'
export * from '../../cloudfunctions/shared/providers/provider'

// The only error type that the code passes between its layers. A declined payment is an outcome of that payment, never
// an error.

/** Why we refused a request. The mini-program shows one sentence for each code. */
export type ErrorCode =
  | 'BadInput'
  | 'NotFound'
  | 'Forbidden'
  | 'Conflict'
  | 'Unsupported'
  | 'BadSignature'
  | 'Mismatch'
  | 'ProviderRefused'
  | 'ProviderUnavailable'
  | 'Internal'

/** Tells programs which field is wrong and which rule it breaks. Never contains the value that the caller sent. */
export interface ErrorDetail {
  field: string
  rule: string
  /** the request is refused because of refunds without a result: how many there are; only for the rule `openRefunds` */
  count?: number
}

/**
 * Why we refuse a shopper; the mini-program shows one sentence for each name. All but `snapshot` are limits of the
 * shop. `snapshot`: WeChat shows the page only as a preview and gives us a made-up openid.
 */
export type LimitName = 'openOrders' | 'attemptsPerHour' | 'waitingAttempts' | 'ordersPerAddress' | 'snapshot'

/** An error with a code that every layer understands. `message` is for developers; users never see it. */
export class AppError extends Error {
  readonly details: readonly ErrorDetail[]

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown; details?: readonly ErrorDetail[] },
  ) {
    super(message, options)
    this.name = 'AppError'
    this.details = options?.details ?? []
  }
}

/** A Conflict: the shopper has reached one of the shop's limits. */
export class LimitReached extends AppError {
  constructor(readonly limit: LimitName) {
    super('Conflict', `the limit ${limit} is reached`)
  }
}

export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code)

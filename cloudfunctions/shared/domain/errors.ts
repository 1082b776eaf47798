// The one error type that crosses layers. A decline is an outcome of a payment, never an error.

/** Why a request was refused. The phone has a sentence for each code. */
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

/** The wrong field and the rule that it breaks, for programs. Never contains the value that was given. */
export interface ErrorDetail {
  field: string
  rule: string
  /** how many things stand in the way, for a rule that counts them */
  count?: number
}

/**
 * Why a shopper is refused, with a sentence for each on the phone: one of the shop's limits is reached; or, with
 * `snapshot`, WeChat shows the page as a preview and gives a made-up openid.
 */
export type LimitName = 'openOrders' | 'attemptsPerHour' | 'waitingAttempts' | 'ordersPerAddress' | 'snapshot'

/** An error with a code that every layer understands; `message` is for developers, never for users. */
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

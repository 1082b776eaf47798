// The one error type that crosses layers. A decline is an outcome of a payment, never an error.

/** Why something was not done; the phone has a sentence for each. */
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

/** Which field is wrong, and by which rule: for a program, never with what was given. */
export interface ErrorDetail {
  field: string
  rule: string
}

/** A limit of the shop that a person has reached: the phone has a sentence for each. */
export type LimitName = 'openOrders' | 'attemptsPerHour' | 'waitingAttempts'

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

/** A Conflict because the person has as much of something as the shop allows. */
export class LimitReached extends AppError {
  constructor(readonly limit: LimitName) {
    super('Conflict', `the limit ${limit} is reached`)
  }
}

export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code)

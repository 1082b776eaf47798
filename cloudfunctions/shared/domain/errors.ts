// The one error type that crosses layers. A decline is an outcome of a payment, never an error.

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

/** An error with a code that every layer understands; `message` is for developers, never for users. */
export class AppError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.name = 'AppError'
  }
}

export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code)

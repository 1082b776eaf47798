// The errors of the emulator. The codes are CloudBase's own, so that wx-server-sdk treats an error as it does in the
// cloud.

/** CloudBase's refusal of an action; `code` is sent to the SDK. */
export class CloudFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'CloudFailure'
  }
}

/** A function call that ended without a result; the error is the one that wx.cloud.callFunction reports. */
export class FunctionFailure extends Error {
  readonly errMsg: string

  constructor(
    readonly errCode: number,
    message: string,
  ) {
    super(message)
    this.name = 'FunctionFailure'
    this.errMsg = `cloud.callFunction:fail ${message}`
  }
}

/** The error number of a function that does not exist. */
export const functionNotFound = -501000

/** The error when the emulator cannot start; the message says what to do. */
export class CannotStart extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'CannotStart'
  }
}

export const invalid = (message: string): CloudFailure => new CloudFailure('INVALID_PARAM', message)

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

/**
 * The error of a function call, as wx.cloud.callFunction reports it: the function threw, timed out or does not exist.
 */
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

/** CloudBase's error number for a function that does not exist. */
export const functionNotFound = -501000

/** Says why the emulator cannot start, and what the developer should do. */
export class CannotStart extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'CannotStart'
  }
}

export const invalid = (message: string): CloudFailure => new CloudFailure('INVALID_PARAM', message)

// The errors of the emulator. Codes are CloudBase's own, so that wx-server-sdk reads them as it does in the cloud.

/** An action that the cloud refuses; `code` goes over the wire. */
export class CloudFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'CloudFailure'
  }
}

/** A function that gave no result, as wx.cloud.callFunction reports it. */
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

/** The emulator cannot start; the message says what to do. */
export class CannotStart extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'CannotStart'
  }
}

export const invalid = (message: string): CloudFailure => new CloudFailure('INVALID_PARAM', message)

// The results that `pay` and `signContract` can have both in a mini-program and in a browser: result code, inner code
// and meaning. result.ts adds the results that only a mini-program can have, and platforms/web/codes.ts adds the
// results that only a browser can have.

export const commonResults = {
  succeeded: [0, 'mc-0-1', 'the payment sheet reported success'],
  hostUnreachable: [-1, 'mc-1-1', 'no answer from the Midas host in time; nothing was opened'],
  hostUnreadable: [-1, 'mc-1-2', 'the Midas host answered something else than parameters'],
  hostRefused: [-1, 'mc-1-3', 'the Midas host refused'],
  sheetMissing: [-1, 'mc-1-4', 'this client has no payment sheet'],
  sheetRefused: [-1, 'mc-1-5', 'WeChat refused the payment and named a reason for which nothing was paid'],
  cancelled: [-2, 'mc-2-1', 'the user closed the payment sheet'],
  notInitialised: [-3, 'mc-3-1', 'init was not called before'],
  badEnvironment: [-3, 'mc-3-2', 'init was called with something else than "release" or "test"'],
  badPayInfo: [-3, 'mc-3-3', 'payInfo is neither data=…&sign=… nor the JSON of JSAPI parameters'],
  badMetadata: [-3, 'mc-3-4', 'appMetadata is not key=value of at most 255 characters'],
  noHost: [-3, 'mc-3-5', 'openMidasConfig has no host for this environment'],
  sheetUnknown: [-4, 'mc-4-1', 'the sheet ended with a text that does not say whether money was taken'],
  sheetBroke: [-4, 'mc-4-2', 'opening the sheet threw an error; whether it opened is not known'],
  alreadyPaid: [-4, 'mc-4-3', 'the Midas host says that this number was paid before'],
} as const

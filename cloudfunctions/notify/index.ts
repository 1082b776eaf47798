// The function for providers, over HTTP: /notify/<provider>. Trusted only after the signature.
import { serveHttp } from '../shared/runtime/serve'
import { receiveNotice } from '../shared/usecases/settle/receiveNotice'

// HTTP access may or may not pass on its own path: the provider's code is the last part either way.
export const main = serveHttp((ctx, request) =>
  receiveNotice(ctx, request.path.split('/').filter(Boolean).at(-1) ?? '', request),
)

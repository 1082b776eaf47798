// The function for webhooks, over HTTP: /notify/<provider>. A call is trusted only after its signature was verified.
import { serveHttp } from '../shared/runtime/serve'
import { receiveNotice } from '../shared/usecases/settle/receiveNotice'

// HTTP access may or may not pass its own path. In both cases the provider's code is the last part.
export const main = serveHttp((ctx, request) =>
  receiveNotice(ctx, request.path.split('/').filter(Boolean).at(-1) ?? '', request),
)

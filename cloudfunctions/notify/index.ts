// The function for webhooks, over HTTP: /notify/<provider>, and /notify/wechat for WeChat's message push. A call is
// trusted only after its signature was verified.
import { serveHttp } from '../shared/runtime/serve'
import { pushCode } from '../shared/usecases/settle/push/openPush'
import { receivePush } from '../shared/usecases/settle/push/receivePush'
import { receiveNotice } from '../shared/usecases/settle/receiveNotice'

// HTTP access may or may not pass its own path. In both cases the provider's code is the last part.
export const main = serveHttp((ctx, request) => {
  const code = request.path.split('/').filter(Boolean).at(-1) ?? ''
  return code === pushCode ? receivePush(ctx, request) : receiveNotice(ctx, code, request)
})

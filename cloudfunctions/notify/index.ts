// The function for webhooks over HTTP: /notify/<provider> for providers, and /notify/wechat for WeChat's message push.
// We trust a call only after its signature is verified.
import { serveHttp } from '../shared/runtime/serve'
import { pushCode } from '../shared/usecases/settle/push/openPush'
import { receivePush } from '../shared/usecases/settle/push/receivePush'
import { receiveNotice } from '../shared/usecases/settle/receiveNotice'

// CloudBase's HTTP access may cut the beginning of the path off or leave it. In both cases the last part of the path is
// the provider's code.
export const main = serveHttp((ctx, request) => {
  const code = request.path.split('/').filter(Boolean).at(-1) ?? ''
  return code === pushCode ? receivePush(ctx, request) : receiveNotice(ctx, code, request)
})

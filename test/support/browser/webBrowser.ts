// A browser without pages, for tests of the function `web`: it keeps its cookie and sends the headers that our pages
// would send.
import type { Reply } from '../../../cloudfunctions/shared/api/reply'

export interface WebSession {
  place: string
  signedIn: boolean
  staff: { staffId: string; role: string; name: string } | null
  snapshot: boolean
  officialAccount: boolean
}

/** Starts a browser session. */
export async function openBrowser(url: string, { userAgent = 'Mozilla/5.0 (X11; Linux) Chrome/126.0' } = {}) {
  let cookie = ''
  const remember = (answer: Response): Response => {
    const set = answer.headers.get('set-cookie')?.split(';')[0]
    if (set !== undefined) cookie = set
    return answer
  }
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    remember(
      await fetch(new URL(path, url), {
        redirect: 'manual',
        headers: { 'user-agent': userAgent, ...(cookie && { cookie }), ...headers },
      }),
    )
  const send = async (
    path: string,
    { headers, body = '{}' }: { headers?: Record<string, string>; body?: string },
  ): Promise<Response> =>
    remember(
      await fetch(new URL(path, url), {
        method: 'POST',
        headers: {
          'user-agent': userAgent,
          cookie,
          ...(headers ?? { origin: url, 'content-type': 'application/json' }),
        },
        body: Buffer.from(body),
      }),
    )
  const browser = {
    get cookie() {
      return cookie
    },
    set cookie(value: string) {
      cookie = value
    },
    get,
    send,
    post: async (path: string, body: object = {}) => {
      const answer = await send(path, { body: JSON.stringify(body) })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    },
    call: async <T = object>(name: string, action: string, input: unknown): Promise<Reply<T>> =>
      (await send(`/web/call/${name}`, { body: JSON.stringify({ action, input }) })).json() as Promise<Reply<T>>,
    ask: async (): Promise<WebSession> => (await get('/web/session')).json() as Promise<WebSession>,
    session: undefined as unknown as WebSession,
  }
  browser.session = await browser.ask()
  return browser
}

// The session of a browser: one sealed cookie that says who the shopper is, so that no call has to read it. The cookie
// also binds a sign-in in WeChat to the browser in which it began. docs/web.md
import * as z from 'zod/mini'
import { browserApp, type Person, type WebPlace } from '../../domain/person'
import type { HttpAnswer } from '../../providers/provider'
import { newToken, type Sealer } from '../../store/settings'

const dayMs = 24 * 3_600_000
/** how long a browser is remembered, and how long a sign-in in WeChat lasts */
const browserMs = 180 * dayMs
const personMs = 30 * dayMs
// A cookie is made anew after this time, so that a browser in use is not forgotten.
const renewMs = 7 * dayMs

const number = z.int()
const shape = z.object({
  /** random; the person's id while nobody has signed in */
  id: z.string(),
  /** when the cookie was made */
  at: number,
  person: z.optional(z.object({ app: z.string(), openid: z.string(), unionid: z.optional(z.string()), at: number })),
  /** WeChat shows the page to somebody who has not opened it fully: the openid is made up, and nothing is ordered */
  snapshot: z.optional(z.literal(true)),
  /** a sign-in in WeChat that began in this browser */
  login: z.optional(
    z.object({
      state: z.string(),
      back: z.string(),
      until: number,
      /** the domain to whose address the browser goes back with its openid; absent: to a page of ours, without it */
      domain: z.optional(z.string()),
    }),
  ),
  /** the token of the staff session */
  staff: z.optional(z.string()),
  /** a sign-in of staff that this browser shows the code of */
  scan: z.optional(z.object({ id: z.string(), secret: z.string() })),
})

export type Session = z.infer<typeof shape>

/** What a browser is, for the callers of actions. */
export interface Browser {
  /** undefined if there is no cookie of ours */
  session: Session | undefined
  place: WebPlace
  /** e.g. `Chrome, Windows` */
  browser: string
  /** the network address, as the platform gives it; empty if it gives none */
  address: string
  /** the staff member whom the page shows, by staffId */
  as: string | undefined
}

export const newSession = (now: number): Session => ({ id: `web-${newToken()}`, at: now })

/** The shopper of a session. */
export function shopperOf({ id, person }: Session): Person {
  if (!person) return { openid: id, app: browserApp }
  const { app, openid, unionid } = person
  return { openid, app, ...(unionid !== undefined && { unionid }) }
}

/**
 * Reads the session from the header `cookie`.
 * @returns undefined for no cookie, one of another key, and one that is too old
 */
export function readSession(
  { seal: _, open }: Sealer,
  { cookie, isSecure, now }: { cookie: string | undefined; isSecure: boolean; now: number },
): Session | undefined {
  const start = `${cookieName(isSecure)}=`
  const sealed = (cookie ?? '').split(/;\s*/).find((one) => one.startsWith(start))
  const parsed = z.safeParse(shape, sealed && open(sealed.slice(start.length)))
  if (!parsed.success || now - parsed.data.at > browserMs) return undefined
  const { person, ...rest } = parsed.data
  return person && now - person.at <= personMs ? parsed.data : rest
}

export const mustRenew = ({ at }: Session, now: number): boolean => now - at > renewMs

/** Adds the cookie of a session to an answer. */
export const withSession = (
  { ctx, isSecure }: { ctx: { sealer: Sealer; now(): number }; isSecure: boolean },
  session: Session,
  answer: HttpAnswer,
): HttpAnswer => ({
  ...answer,
  headers: { ...answer.headers, 'set-cookie': cookieOf(ctx.sealer, session, { isSecure, now: ctx.now() }) },
})

/** The value of the header `set-cookie`. */
function cookieOf({ seal }: Sealer, session: Session, { isSecure, now }: { isSecure: boolean; now: number }): string {
  const secure = isSecure ? '; Secure' : ''
  const value = seal({ ...session, at: now })
  return `${cookieName(isSecure)}=${value}; Path=/; Max-Age=${browserMs / 1000}; HttpOnly; SameSite=Lax${secure}`
}

// A browser takes a name with `__Host-` only from this very host over https, so that no other host can plant a cookie.
const cookieName = (isSecure: boolean): string => (isSecure ? '__Host-cashier' : 'cashier')

// The session of a browser: an encrypted cookie that says who the shopper is, so that no call needs to read the
// database for that. The cookie also ties a sign-in with WeChat to the browser in which it began. docs/web.md

import * as z from 'zod/mini'
import { dayMs } from '../../../../miniprogram/rules/beijing'
import { browserApp, type Person, type WebPlace } from '../../domain/person'
import type { HttpAnswer } from '../../providers/provider'
import { newToken, type Sealer } from '../../store/settings'

/** browserMs: how long we remember a browser; personMs: how long a sign-in with WeChat lasts */
const browserMs = 180 * dayMs
const personMs = 30 * dayMs
// A cookie older than this is made again, so that we do not forget a browser that is still used.
const renewMs = 7 * dayMs

const number = z.int()
const shape = z.object({
  /** a random id, which is also the shopper's id as long as nobody has signed in */
  id: z.string(),
  /** when the cookie was made, epoch ms */
  at: number,
  person: z.optional(z.object({ app: z.string(), openid: z.string(), unionid: z.optional(z.string()), at: number })),
  /** set if WeChat shows our page only as a preview. WeChat then gives a made-up openid, so nothing can be ordered */
  snapshot: z.optional(z.literal(true)),
  /** a sign-in with WeChat that began in this browser and has not ended */
  login: z.optional(
    z.object({
      state: z.string(),
      back: z.string(),
      until: number,
      /**
       * the connected system to whose address the browser goes back with the openid; absent: the browser goes back to a
       * page of ours, without the openid
       */
      domain: z.optional(z.string()),
    }),
  ),
  /** the secret token of a staff session in this browser */
  staff: z.optional(z.string()),
  /** a staff sign-in whose code this browser shows at the moment */
  scan: z.optional(z.object({ id: z.string(), secret: z.string() })),
})

export type Session = z.infer<typeof shape>

/** What we know about the browser that calls an action. */
export interface Browser {
  /** the session in the browser's cookie; undefined if the browser sent no valid cookie of ours */
  session: Session | undefined
  place: WebPlace
  /** the names of browser and system, such as `Chrome, Windows` */
  browser: string
  /** the browser's network address, as CloudBase gives it; empty if CloudBase does not give it */
  address: string
  /** the staffId of the staff member whom the page shows as signed in; undefined if the page shows nobody */
  as: string | undefined
}

export const newSession = (now: number): Session => ({ id: `web-${newToken()}`, at: now })

/** The shopper to whom a session belongs: the signed-in person, otherwise the browser itself. */
export function shopperOf({ id, person }: Session): Person {
  if (!person) return { openid: id, app: browserApp }
  const { app, openid, unionid } = person
  return { openid, app, ...(unionid !== undefined && { unionid }) }
}

/**
 * Reads the session from the header `cookie`.
 * @returns undefined if there is no cookie, if it was encrypted with another key, or if it is too old
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

/** The value of the header `set-cookie` for a session. */
function cookieOf({ seal }: Sealer, session: Session, { isSecure, now }: { isSecure: boolean; now: number }): string {
  const secure = isSecure ? '; Secure' : ''
  const value = seal({ ...session, at: now })
  return `${cookieName(isSecure)}=${value}; Path=/; Max-Age=${browserMs / 1000}; HttpOnly; SameSite=Lax${secure}`
}

// Browsers accept a cookie whose name begins with `__Host-` only from this very host and over https. So no other host
// can set our cookie.
const cookieName = (isSecure: boolean): string => (isSecure ? '__Host-cashier' : 'cashier')

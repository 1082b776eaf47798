// Tests how staff sign in to the back office in a browser: the browser shows a code, and the person confirms the code
// in the mini-program. Also tests the ways in which a sign-in or a session must be refused.
import type { AdminResults } from '../../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../../cloudfunctions/shared/api/reply'
import { sealerFor } from '../../../cloudfunctions/shared/store/settings'
import { openBrowser } from '../../support/browser/webBrowser'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

const owner = 'oMiniCashier_merchant_0000'
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36'

type Browser = Awaited<ReturnType<typeof openBrowser>>
type Sessions = AdminResults['sessions']
type People = AdminResults['staff']

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud()
}, 120_000)
afterAll(() => cloud?.stop())

const open = () => openBrowser(cloud.url, { userAgent })
const inMiniProgram = async <T>(action: string, input: object, openid = owner): Promise<Reply<T>> =>
  (await cloud.call('admin', { action, input }, openid)).json() as Promise<Reply<T>>
const begin = async (browser: Browser): Promise<string> => String((await browser.post('/web/staff/begin')).body.code)
const poll = async (browser: Browser): Promise<unknown> => (await browser.post('/web/staff/poll')).body.state
const confirm = (code: string, openid = owner) => inMiniProgram<Sessions>('sessions', { confirm: code }, openid)
const isSignedIn = async (browser: Browser): Promise<boolean> => (await browser.ask()).staff !== null

/** Signs a staff member in. */
async function signedIn(openid = owner): Promise<Browser> {
  const browser = await open()
  dataOf(await confirm(await begin(browser), openid))
  expect(await poll(browser)).toBe('done')
  return browser
}

/**
 * Calls a staff action as the back office does. The call names the person whose name the page shows, so that the server
 * can refuse the call if another person has signed in since.
 */
async function asStaff<T = object>(browser: Browser, action: string, input: object, as?: string): Promise<Reply<T>> {
  const shown = as ?? (await browser.ask()).staff?.staffId
  const { body } = await browser.post('/web/call/admin', { action, input, as: shown })
  return body as unknown as Reply<T>
}

async function hire(openid: string, role: 'operator' | 'viewer' | 'owner' = 'viewer'): Promise<string> {
  const place = { role, name: '小王', ...(role === 'operator' && { refundLimitFen: 100 }) }
  const { code } = dataOf(await inMiniProgram<People>('staff', { invite: place }))
  dataOf(await inMiniProgram('claim', { code }, openid))
  const { people } = dataOf(await inMiniProgram<People>('staff', { list: true }, openid === owner ? owner : owner))
  return people.find(({ name, isMe }) => name === '小王' && !isMe)?.staffId ?? ''
}

const dismiss = async (staffId: string) => dataOf(await inMiniProgram<People>('staff', { remove: staffId }))

const refused = (rule: string) => ({ ok: false, error: { code: 'Forbidden', details: [{ field: 'session', rule }] } })

describe('a member of staff at a PC', () => {
  it('sees a code, confirms it on the phone, works, and signs out', async () => {
    const pc = await open()
    const begun = await pc.post('/web/staff/begin')
    expect(begun).toMatchObject({
      status: 200,
      body: {
        code: expect.stringMatching(/^[2-9B-DF-HJ-NP-TV-Z]{8}$/),
        picture: expect.stringMatching(/^data:image\/png;base64,/),
        lastsMs: 3 * minuteMs,
      },
    })
    const code = String(begun.body.code)
    expect(await poll(pc)).toBe('waiting')
    const { login, mayConfirm } = dataOf(await inMiniProgram<Sessions>('sessions', { look: code }))
    expect(mayConfirm).toBe(true)
    expect(login).toMatchObject({ place: 'pc', browser: 'Chrome, Windows', askedAt: expect.any(Number) })
    expect(await poll(pc)).toBe('waiting')
    dataOf(await confirm(code))
    // The phone's first reply may have been lost, so the person confirms again. The second confirmation changes
    // nothing.
    dataOf(await confirm(code))
    expect(await poll(pc)).toBe('done')
    const { staff } = await pc.ask()
    expect(staff).toEqual({ staffId: expect.stringMatching(/^[0-9a-f]{16}$/), role: 'owner', name: '店主' })
    expect(await asStaff(pc, 'orders', {})).toMatchObject({ ok: true, data: { orders: [] } })
    const { sessions } = dataOf(await asStaff<Sessions>(pc, 'sessions', { list: true }))
    expect(sessions).toMatchObject([{ place: 'pc', browser: 'Chrome, Windows', isThis: true }])
    const old = pc.cookie
    expect((await pc.post('/web/logout')).status).toBe(200)
    expect(await isSignedIn(pc)).toBe(false)
    // The sign-out ended the session on the server, so the cookie from before no longer works.
    pc.cookie = old
    expect(await isSignedIn(pc)).toBe(false)
    expect(await asStaff(pc, 'orders', {}, staff?.staffId)).toMatchObject(refused('signedOut'))
  })

  it('stays signed in for at most 12 hours without use, and 7 days in all', async () => {
    const [idle, used] = [await signedIn(), await signedIn()]
    for (let hours = 0; hours < 7 * 24; hours += 11) {
      expect(await isSignedIn(used)).toBe(true)
      await cloud.advance(11 * hourMs)
      if (hours === 11) expect(await isSignedIn(idle)).toBe(false)
    }
    expect(await isSignedIn(used)).toBe(false)
  })

  it('leaves an entry in the audit with the browser, and no code', async () => {
    const pc = await open()
    const code = await begin(pc)
    dataOf(await confirm(code))
    const { entries } = dataOf(await inMiniProgram<AdminResults['audit']>('audit', { limit: 1 }))
    expect(entries).toMatchObject([
      { what: 'sessions', wish: { deed: 'signIn' }, outcome: { browser: 'Chrome, Windows', place: 'pc' } },
    ])
    expect(JSON.stringify(entries)).not.toContain(code)
  })
})

describe('a code', () => {
  it('signs in the browser that shows it, and no other', async () => {
    const [pc, thief] = [await open(), await open()]
    const code = await begin(pc)
    await begin(thief)
    dataOf(await confirm(code))
    expect(await poll(thief)).toBe('waiting')
    expect(await poll(pc)).toBe('done')
    expect([await isSignedIn(pc), await isSignedIn(thief)]).toEqual([true, false])
  })

  it('signs in once: a copied cookie gets nothing, at the same time or later', async () => {
    const pc = await open()
    const code = await begin(pc)
    const copy = await open()
    copy.cookie = pc.cookie
    dataOf(await confirm(code))
    const states = await Promise.all([poll(pc), poll(copy)])
    expect([...states].sort()).toEqual(['done', 'over'])
    expect(await poll(copy)).not.toBe('done')
    expect(await confirm(code)).toMatchObject({ ok: true })
    expect([await isSignedIn(pc), await isSignedIn(copy)].filter(Boolean)).toHaveLength(1)
  })

  it('is over after 3 minutes, before and after it is confirmed', async () => {
    const [early, late] = [await open(), await open()]
    const [one, other] = [await begin(early), await begin(late)]
    dataOf(await confirm(one))
    await cloud.advance(3 * minuteMs)
    expect(await confirm(other)).toMatchObject({ ok: false, error: { code: 'NotFound' } })
    expect([await poll(early), await poll(late)]).toEqual(['over', 'over'])
    expect([await isSignedIn(early), await isSignedIn(late)]).toEqual([false, false])
  })

  it('is confirmed by one person: a second person learns nothing about it', async () => {
    const id = await hire('oMiniCashier_second_0000')
    const pc = await open()
    const code = await begin(pc)
    dataOf(await confirm(code, 'oMiniCashier_second_0000'))
    expect(await confirm(code)).toMatchObject({ ok: false, error: { code: 'NotFound' } })
    expect(await poll(pc)).toBe('done')
    expect((await pc.ask()).staff).toMatchObject({ role: 'viewer', name: '小王' })
    await dismiss(id)
  })

  it('cannot be confirmed by people who are not staff, nor in a browser', async () => {
    const pc = await signedIn()
    const other = await open()
    const code = await begin(other)
    expect(await confirm(code, 'oMiniCashier_shopper_A_0000')).toMatchObject({ error: { code: 'Forbidden' } })
    expect(await asStaff(pc, 'sessions', { look: code })).toMatchObject({ error: { code: 'Forbidden' } })
    expect(await asStaff(pc, 'sessions', { confirm: code })).toMatchObject({ error: { code: 'Forbidden' } })
    expect(await poll(other)).toBe('waiting')
  })

  it('cannot be guessed: after 20 wrong codes within an hour a right one is refused', async () => {
    const id = await hire('oMiniCashier_guesser_000')
    const pc = await open()
    const look = (code: string) => inMiniProgram<Sessions>('sessions', { look: code }, 'oMiniCashier_guesser_000')
    for (let wrong = 0; wrong < 20; wrong++)
      expect(await look('BCDF2345')).toMatchObject({ error: { code: 'NotFound' } })
    expect(await look(await begin(pc))).toMatchObject({ error: { code: 'Conflict', details: [{ rule: 'tooMany' }] } })
    await cloud.advance(hourMs)
    expect(await look(await begin(pc))).toMatchObject({ ok: true })
    await dismiss(id)
  })

  it('is given to 30 browsers of one network address at once', async () => {
    const from = (address: string) => async () => {
      const headers = { origin: cloud.url, 'content-type': 'application/json', 'x-forwarded-for': address }
      return (await fetch(`${cloud.url}/web/staff/begin`, { method: 'POST', headers, body: '{}' })).status
    }
    const answers: number[] = []
    for (let browser = 0; browser < 31; browser++) answers.push(await from(`1.2.3.${browser}, 203.0.113.7`)())
    expect(answers.filter((status) => status === 200)).toHaveLength(30)
    expect(answers.at(-1)).toBe(429)
    expect(await from('203.0.113.8')()).toBe(200)
    await cloud.advance(3 * minuteMs)
    expect(await from('203.0.113.7')()).toBe(200)
  })
})

describe('a session', () => {
  it('is new with the sign-in: a planted or copied cookie is not signed in by it', async () => {
    const pc = await open()
    const code = await begin(pc)
    const planted = pc.cookie
    dataOf(await confirm(code))
    expect(await poll(pc)).toBe('done')
    const attacker = await open()
    attacker.cookie = planted
    expect(await isSignedIn(attacker)).toBe(false)
    expect(await asStaff(attacker, 'orders', {}, 'x')).toMatchObject(refused('signedOut'))
  })

  it('that was sealed with another key is not valid', async () => {
    const browser = await open()
    const sealed = sealerFor('web session', [Buffer.alloc(32, 9)]).seal({ id: 'web-x', at: Date.now(), staff: 'token' })
    browser.cookie = `cashier=${sealed}`
    const { status } = await browser.post('/web/call/admin', { action: 'orders', input: {}, as: 'x' })
    expect(status).toBe(401)
    expect(await poll(browser)).toBe('lost')
  })

  it('does nothing for a tab that shows another person', async () => {
    const id = await hire('oMiniCashier_twotabs_000', 'owner')
    const browser = await signedIn()
    const shownInFirstTab = (await browser.ask()).staff?.staffId ?? ''
    // In the second tab another person signs in. Both tabs share one cookie.
    dataOf(await confirm(await begin(browser), 'oMiniCashier_twotabs_000'))
    expect(await poll(browser)).toBe('done')
    const invite = { invite: { role: 'viewer', name: '内鬼' } }
    expect(await asStaff(browser, 'staff', invite, shownInFirstTab)).toMatchObject(refused('otherPerson'))
    const unnamed = await browser.post('/web/call/admin', { action: 'staff', input: invite })
    expect(unnamed.body).toMatchObject(refused('otherPerson'))
    expect(dataOf(await inMiniProgram<People>('staff', { list: true })).invites).toEqual([])
    // Only the first person's session in this browser has ended.
    expect((await asStaff(browser, 'staff', { list: true })).ok).toBe(true)
    await dismiss(id)
  })

  it('ends at once for a removed member of staff, and stays ended when they come back', async () => {
    const openid = 'oMiniCashier_removed_000'
    const id = await hire(openid)
    const browser = await signedIn(openid)
    expect((await asStaff(browser, 'orders', {})).ok).toBe(true)
    await dismiss(id)
    expect(await asStaff(browser, 'orders', {}, id)).toMatchObject(refused('signedOut'))
    expect(await asStaff(browser, 'claim', {}, id)).toMatchObject(refused('signedOut'))
    const again = await hire(openid)
    expect(await isSignedIn(browser)).toBe(false)
    await dismiss(again)
  })

  it('has the person’s current rights', async () => {
    const openid = 'oMiniCashier_changed_000'
    const staffId = await hire(openid, 'owner')
    const browser = await signedIn(openid)
    expect((await asStaff(browser, 'staff', { list: true })).ok).toBe(true)
    dataOf(await inMiniProgram('staff', { change: { staffId, role: 'viewer', name: '小王' } }))
    expect(await asStaff(browser, 'staff', { list: true })).toMatchObject({ error: { code: 'Forbidden' } })
    expect((await asStaff(browser, 'orders', {})).ok).toBe(true)
    await dismiss(staffId)
  })

  it('is ended by its person, or by an owner on the page of people; nobody ends another’s', async () => {
    const openid = 'oMiniCashier_viewing_000'
    const staffId = await hire(openid)
    const [browser, second] = [await signedIn(openid), await signedIn(openid)]
    const { people } = dataOf(await inMiniProgram<People>('staff', { list: true }))
    const theirs = people.find((person) => person.staffId === staffId)?.sessions ?? []
    expect(theirs).toHaveLength(2)
    const mine = dataOf(await asStaff<Sessions>(browser, 'sessions', { list: true })).sessions
    const other = mine.find(({ isThis }) => !isThis)?.id ?? ''
    expect(await inMiniProgram('sessions', { end: other })).toMatchObject({ error: { code: 'NotFound' } })
    expect(await isSignedIn(second)).toBe(true)
    dataOf(await asStaff(browser, 'sessions', { end: other }))
    expect(await isSignedIn(second)).toBe(false)
    const own = mine.find(({ isThis }) => isThis)?.id ?? ''
    dataOf(await inMiniProgram('staff', { endSession: own }))
    expect(await isSignedIn(browser)).toBe(false)
    await dismiss(staffId)
  })

  it('is stored without its token', async () => {
    const browser = await signedIn()
    const { sessions } = dataOf(await asStaff<Sessions>(browser, 'sessions', { list: true }))
    expect(Object.keys(sessions[0] ?? {}).sort()).toEqual(['browser', 'createdAt', 'id', 'isThis', 'place', 'usedAt'])
  })
})

describe('a request that is not from a page of ours', () => {
  const json = 'application/json'
  const paths = ['/web/staff/begin', '/web/staff/poll', '/web/logout', '/web/call/admin']

  it.each(paths)('%s changes nothing for another origin or a form, and cannot be framed', async (path) => {
    const browser = await signedIn()
    const body = '{"action":"orders","input":{}}'
    const send = async (headers: Record<string, string>) => (await browser.send(path, { headers, body })).status
    expect(await send({ origin: 'https://evil.example', 'content-type': json })).toBe(403)
    expect(await send({ 'content-type': json })).toBe(403)
    expect(await send({ origin: cloud.url, 'content-type': 'application/x-www-form-urlencoded' })).toBe(415)
    expect((await browser.get(path)).status).toBe(404)
    expect(await isSignedIn(browser)).toBe(true)
    const answer = await browser.send(path, { body })
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('the sign-in page itself cannot be framed', async () => {
    const { headers } = await fetch(`${cloud.url}/web/admin/`)
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })
})

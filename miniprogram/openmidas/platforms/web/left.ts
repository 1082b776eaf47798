// Payments whose page was left before they had an answer, in the origin's own storage. The next page of the origin that
// calls init takes one, so each has one answer.

/** A payment that can go on in another page. */
export interface LeftPayment {
  payInfo: string
  no: string
  metadata: string
  env: string
  /** whether it ends at the web callback address, not in a callback */
  redirects: boolean
  at: number
}

const key = 'openMidas'
const lifeMs = 86_400_000
const most = 5

function change<T>(decide: (list: LeftPayment[]) => [rest: LeftPayment[], result: T]): T | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    const list = (Array.isArray(stored) ? stored : []).filter(
      (one: Partial<LeftPayment> | null) => typeof one?.payInfo === 'string' && Date.now() - Number(one.at) < lifeMs,
    )
    const [rest, result] = decide(list)
    if (rest.length > 0) localStorage.setItem(key, JSON.stringify(rest))
    else localStorage.removeItem(key)
    return result
  } catch {
    // Storage is blocked: a page that is left has no answer.
    return undefined
  }
}

const without = (list: LeftPayment[], payInfo: string) => list.filter((one) => one.payInfo !== payInfo)

/** Keeps a payment for the next page. @param no its number, without which the shop's record cannot be read */
export function leave({ payInfo, metadata, env, redirects }: Omit<LeftPayment, 'no' | 'at'>, no: string): void {
  const one = { payInfo, metadata, env, redirects, no, at: Date.now() }
  change((list) => [[...without(list, payInfo), one].slice(-most), undefined])
}

export const forget = (payInfo: string): void => change((list) => [without(list, payInfo), undefined])

/** Takes the payment that was left last. @param payInfo only this one */
export const takeLeft = (env: string, payInfo?: string): LeftPayment | undefined =>
  change((list) => {
    const last = list.filter((one) => one.env === env && (payInfo ?? one.payInfo) === one.payInfo).pop()
    return [last ? without(list, last.payInfo) : list, last]
  })

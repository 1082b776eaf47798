// Stores payments whose page the user left before the result was known, in the origin's localStorage. The next page of
// the origin that calls init takes a payment out of the store, so that only one page reports its result.

/** A payment that another page can continue. */
export interface LeftPayment {
  payInfo: string
  no: string
  metadata: string
  env: string
  /** true: the result goes to the web callback address; false: to a callback */
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
    // The browser blocks storage, so no later page can continue the payment.
    return undefined
  }
}

const without = (list: LeftPayment[], payInfo: string) => list.filter((one) => one.payInfo !== payInfo)

/**
 * Stores a payment for the next page. @param no the payment's number, which the next page needs to read our server's
 * record
 */
export function leave({ payInfo, metadata, env, redirects }: Omit<LeftPayment, 'no' | 'at'>, no: string): void {
  const one = { payInfo, metadata, env, redirects, no, at: Date.now() }
  change((list) => [[...without(list, payInfo), one].slice(-most), undefined])
}

export const forget = (payInfo: string): void => change((list) => [without(list, payInfo), undefined])

/**
 * Removes the newest stored payment from the store and returns it. @param payInfo take only the payment with this
 * pay_info
 */
export const takeLeft = (env: string, payInfo?: string): LeftPayment | undefined =>
  change((list) => {
    const last = list.filter((one) => one.env === env && (payInfo ?? one.payInfo) === one.payInfo).pop()
    return [last ? without(list, last.payInfo) : list, last]
  })

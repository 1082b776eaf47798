// Addresses: their parts, and which of them belong to a domain.

/** The parts of an address; undefined if it is none. Node 18.15 has no URL.canParse. */
export function urlOf(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** Whether an address lies under one of these beginnings: the same origin, and the same first parts of the path. */
export function isUnder(address: string, beginnings: readonly string[]): boolean {
  const asked = urlOf(address)
  return beginnings.some((beginning) => {
    const allowed = urlOf(beginning)
    if (!asked || asked.origin !== allowed?.origin) return false
    const start = allowed.pathname.replace(/\/$/, '')
    return asked.pathname === start || asked.pathname.startsWith(`${start}/`)
  })
}

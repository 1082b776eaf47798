// Parses web addresses, and checks whether an address lies under an allowed one.

/** Parses a web address; undefined if the text is not an address. (Node 18.15 has no URL.canParse.) */
export function urlOf(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** Whether an address has the same origin as one of these addresses, and a path that begins with the same parts. */
export function isUnder(address: string, beginnings: readonly string[]): boolean {
  const asked = urlOf(address)
  return beginnings.some((beginning) => {
    const allowed = urlOf(beginning)
    if (!asked || asked.origin !== allowed?.origin) return false
    const start = allowed.pathname.replace(/\/$/, '')
    return asked.pathname === start || asked.pathname.startsWith(`${start}/`)
  })
}

// Which addresses belong to a domain.

/** Whether an address lies under one of these beginnings: the same origin, and the same first parts of the path. */
export function isUnder(address: string, beginnings: readonly string[]): boolean {
  const asked = partsOf(address)
  return beginnings.some((beginning) => {
    const allowed = partsOf(beginning)
    if (!asked || asked.origin !== allowed?.origin) return false
    const start = allowed.pathname.replace(/\/$/, '')
    return asked.pathname === start || asked.pathname.startsWith(`${start}/`)
  })
}

function partsOf(address: string): URL | undefined {
  try {
    return new URL(address)
  } catch {
    return undefined
  }
}

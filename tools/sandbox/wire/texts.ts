// Texts that several providers write in the same way.

/** An amount in yuan with two decimals. */
export function yuan(fen: number): string {
  const padded = String(Math.abs(fen)).padStart(3, '0')
  return `${fen < 0 ? '-' : ''}${padded.slice(0, -2)}.${padded.slice(-2)}`
}

/** The JSON object in a text; undefined for anything else. */
export function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

// What every command does with its words: help on request, a sentence and exit 2 for what it does not know, and silence
// when whoever reads its output has read enough.

/** Reads the options of a command. `--help` prints the usage and ends; an option that is not known ends with a sentence. */
export function understood<T extends { values: { help?: boolean } }>(usage: string, read: () => T): T {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  let parsed: T
  try {
    parsed = read()
  } catch (error) {
    return misused(error instanceof Error ? error.message : '', usage)
  }
  if (!parsed.values.help) return parsed
  console.log(usage)
  return process.exit(0)
}

/** Ends with what was not understood, and what would be. */
export function misused(sentence: string, usage: string): never {
  console.error(`${sentence}\n\n${usage}`)
  return process.exit(2)
}

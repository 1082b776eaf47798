// The common behaviour of all commands: help on request, a sentence and exit code 2 for unknown arguments, and a silent
// end if the reader of the output closes the pipe.

/**
 * Reads the options of a command. `--help` prints the usage and ends; an option that is not known ends with a sentence.
 */
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

/** Ends with the argument that was not understood, and the possible ones. */
export function misused(sentence: string, usage: string): never {
  console.error(`${sentence}\n\n${usage}`)
  return process.exit(2)
}

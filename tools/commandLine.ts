// What all commands have in common: help on request, exit code 2 with a sentence for unknown arguments, and a quiet end
// when the reader of the output closes the pipe.

/** Reads a command's options. `--help` prints the usage and exits; an unknown option exits with a sentence. */
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

/** Exits with a sentence about the wrong argument, and prints the usage. */
export function misused(sentence: string, usage: string): never {
  console.error(`${sentence}\n\n${usage}`)
  return process.exit(2)
}

// A mutant: a small fault in the real code, put in when the simulator is bundled.

/**
 * The fault replaces the text `find` by the text `replace`. `find` must occur exactly once in the file (under
 * cloudfunctions/shared).
 */
export type Patch = readonly [name: string, file: string, find: string, replace: string]

export interface Mutant {
  name: string
  /** path under cloudfunctions/shared */
  file: string
  find: string
  replace: string
}

/** Puts the fault into a source text. @throws if the text to replace does not occur exactly once */
export function mutated({ name, file, find, replace }: Mutant, source: string): string {
  const parts = source.split(find)
  if (parts.length !== 2)
    throw new Error(`mutant "${name}": its text stands ${parts.length - 1} times in ${file}, not once: ${find}`)
  return parts.join(replace)
}

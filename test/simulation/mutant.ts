// A mutant: a small patch of the real code, applied when the simulator is bundled.

/** `find` stands in the file (under cloudfunctions/shared) exactly once, and becomes `replace`. */
export type Patch = readonly [name: string, file: string, find: string, replace: string]

export interface Mutant {
  name: string
  /** under cloudfunctions/shared */
  file: string
  find: string
  replace: string
}

/** @throws when the patch does not fit */
export function mutated({ name, file, find, replace }: Mutant, source: string): string {
  const parts = source.split(find)
  if (parts.length !== 2)
    throw new Error(`mutant "${name}": its text stands ${parts.length - 1} times in ${file}, not once: ${find}`)
  return parts.join(replace)
}

// What every step of a deployment is given: the cloud, what the build declares, and how to tell and ask a person.
import type { Cloud } from './cloud'

export interface Run {
  cloud: Cloud
  dryRun: boolean
  say(line: string): void
  /** false where nobody can answer */
  ask(question: string): Promise<boolean>
  /** tells of a change, then makes it; a dry run only tells */
  change(what: string, make: () => Promise<void>): Promise<void>
  /** something that is not as declared, and stays so */
  leave(what: string): void
}

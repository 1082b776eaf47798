// What every step of a deployment receives: the cloud, the built code's declarations, and functions that talk to the
// person.
import type { Cloud } from './cloud'

export interface Run {
  cloud: Cloud
  dryRun: boolean
  say(line: string): void
  /** asks the person; false if nobody can answer */
  ask(question: string): Promise<boolean>
  /** reports a change and then makes it; a dry run only reports it */
  change(what: string, make: () => Promise<void>): Promise<void>
  /** reports something that differs from the declaration and stays as it is */
  leave(what: string): void
}

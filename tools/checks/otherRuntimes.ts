// Finds the interpreters of other languages. Tests run the documentation's examples in those that this machine has.
import { spawnSync } from 'node:child_process'

/** For each language, a command that succeeds if the language's interpreter exists and is new enough. */
const probes = {
  python: ['python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']],
  php: ['php', ['-r', 'exit(PHP_VERSION_ID >= 80000 && function_exists("iconv") ? 0 : 1);']],
  java: ['java', ['--source', '17', '--version']],
} as const

export type OtherRuntime = keyof typeof probes

export const otherRuntimes = Object.keys(probes) as readonly OtherRuntime[]

export function isHere(runtime: OtherRuntime): boolean {
  const [command, args] = probes[runtime]
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

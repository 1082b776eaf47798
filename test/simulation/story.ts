// Prints a failing life as a story for people, in at most 40 lines. If there are more, the important lines are kept.
import type { Life } from './lives/life'
import { day, hour, type Line, minute } from './world'

const mostLines = Number(process.argv.find((a) => a.startsWith('most='))?.slice(5) ?? 40)
// The first seven lines are the heading, the invariant and the command.
const room = mostLines - 7
const legend =
  '(alpha, beta and papay are payment providers; an order’s payments are its number and 01, 02 …, its refunds r01, r02 …; 100 fen are 1 yuan)'

export interface Told {
  life: Life
  /** the command that runs this life again */
  command: string
}

export function tellStory({ life, command }: Told): string {
  const { world } = life
  const lines = chosen(world.lines)
  const left = world.lines.length - lines.length
  return [
    `Seed ${world.seed}, ${world.steps} events`,
    legend,
    ...lines.map(({ at, text }) => `${timeOf(at - world.startAt)}  ${text}`),
    ...(left > 0 ? [`… ${left} lines about what went well are left out`] : []),
    world.violation ? `BROKEN: ${world.violation.invariant}` : 'Everything held.',
    ...(world.violation ? [`        ${world.violation.detail.split('\n')[0]}`] : []),
    `Play it again: ${command}`,
  ].join('\n')
}

// Chooses the lines by weight: all lines of weight 1, then 2, then 3, as long as they fit. If the lines of one weight
// do not all fit, keeps the last of them, which are nearest to the failure.
function chosen(lines: readonly Line[]): Line[] {
  const kept = new Set<Line>()
  for (const weight of [1, 2, 3]) {
    const these = lines.filter((line) => line.weight === weight)
    if (kept.size > 0 && kept.size + these.length > room) break
    for (const line of these.slice(-room)) kept.add(line)
  }
  return lines.filter((line) => kept.has(line))
}

function timeOf(ms: number): string {
  const days = Math.floor(ms / day)
  const pad = (value: number, width: number) => String(Math.floor(value)).padStart(width, '0')
  const clock = `${pad((ms % day) / hour, 2)}:${pad((ms % hour) / minute, 2)}:${pad((ms % minute) / 1_000, 2)}.${pad(ms % 1_000, 3)}`
  return `day ${days} ${clock}`
}

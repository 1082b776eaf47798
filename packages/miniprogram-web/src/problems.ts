// The problems that a build finds, and how to print them.

/** One problem of a mini-program: its severity, file, line and message. */
export interface Problem {
  severity: 'error' | 'warning'
  /** the path, relative to the mini-program's root, or to the repository for files outside the mini-program */
  file: string
  line?: number
  column?: number
  message: string
}

/**
 * Formats a problem as one line.
 * @param problem of a build
 * @returns severity, file with line and column where they are known, and the message
 */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':')
  return `${problem.severity} ${place} ${problem.message}`
}

/** The error for a mini-program with build errors. Its message has one line for each problem. */
export class BuildProblems extends Error {
  constructor(readonly problems: Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'BuildProblems'
  }
}

/**
 * Throws if there is an error among the problems; warnings are ignored.
 * @param problems of a build
 * @throws BuildProblems when one of the problems is an error
 */
export function failOnProblems(problems: Problem[]): void {
  const errors = problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0) throw new BuildProblems(errors)
}

export function positionAt(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split('\n')
  return { line: before.length, column: (before[before.length - 1] ?? '').length + 1 }
}

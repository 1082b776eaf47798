// The page that shows when the mini-program cannot be bundled: a list of its problems, until the developer saves again.
import type { Problem } from '../problems'
import { watchReload } from './reload'

export function showBroken(problems: Problem[]): void {
  const list = document.createElement('pre')
  list.setAttribute('role', 'alert')
  list.style.cssText = 'margin:32px;font:14px/1.6 ui-monospace,monospace;color:#b3261e;white-space:pre-wrap'
  list.textContent = problems
    .map(
      ({ severity, file, line, message }) => `${severity} ${file}${line === undefined ? '' : `:${line}`}  ${message}`,
    )
    .join('\n')
  document.body.append(list)
  watchReload()
}

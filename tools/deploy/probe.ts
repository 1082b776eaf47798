// Calls each function once without an identity. If the function's code, runtime and handler are right, the function
// refuses the call with our own error message.
import type { Run } from './run'

interface Invoked {
  Result?: { InvokeResult?: number; RetMsg?: string; ErrMsg?: string }
}

// The timer's function throws its refusal (serveTimer) instead of returning it, because nobody reads a timer's result.
const refusedByTimer = 'only for the clock'

export async function probe(run: Run, names: string[]): Promise<void> {
  for (const name of names) {
    const { Result } = await run.cloud.read<Invoked>('scf', 'Invoke', {
      FunctionName: name,
      Namespace: run.cloud.namespace,
      ClientContext: '{}',
    })
    if (Result?.InvokeResult === 0 ? isOurs(Result.RetMsg) : Result?.RetMsg?.includes(refusedByTimer))
      run.say(`${name} answers`)
    else
      run.leave(
        `${name} does not answer: ${(Result?.ErrMsg || Result?.RetMsg || 'no reason given').split('\n')[0]?.slice(0, 300)}\n  Read its log in the CloudBase console (云函数 → ${name} → 日志), or go back with --rollback.`,
      )
  }
}

function isOurs(text = ''): boolean {
  try {
    const reply: unknown = JSON.parse(text)
    return typeof reply === 'object' && reply !== null && ('ok' in reply || 'statusCode' in reply)
  } catch {
    return false
  }
}

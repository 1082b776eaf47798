// A separate process that deploys on request. It is started with the fake API's certificate in NODE_EXTRA_CA_CERTS,
// because Node reads this variable only at its start.
import { type Deployment, deploy, type Outcome } from '../../tools/deploy/deploy'

export type Order = Omit<Deployment, 'say' | 'ask' | 'pause'> & { answers: boolean }

export interface Report extends Outcome {
  lines: string[]
  /** the error message, if the deployment stopped */
  error?: string
}

process.on('message', (order: Order) => {
  const lines: string[] = []
  const report = (outcome: Outcome, error?: unknown) =>
    process.send?.({
      ...outcome,
      lines,
      ...(error !== undefined && { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }),
    } satisfies Report)
  deploy({
    ...order,
    say: (line) => lines.push(line),
    ask: async () => order.answers,
    // Waiting takes no time here: the fake API is ready after a number of requests.
    pause: async () => {},
  }).then(report, (error: unknown) => report({ changes: lines.length, left: [] }, error))
})

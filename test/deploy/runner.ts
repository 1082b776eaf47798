// A separate process that runs deployments on request. Node reads NODE_EXTRA_CA_CERTS, which names the fake API's
// certificate, only when a process starts.
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
    // Do not really wait, because the fake API becomes ready after a number of requests and not after a time.
    pause: async () => {},
  }).then(report, (error: unknown) => report({ changes: lines.length, left: [] }, error))
})

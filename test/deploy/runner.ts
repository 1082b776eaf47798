// A process that deploys on request. It is started with the double's certificate in NODE_EXTRA_CA_CERTS, which Node reads
// only at its start.
import { type Deployment, deploy, type Outcome } from '../../tools/deploy/deploy'

export type Order = Omit<Deployment, 'say' | 'ask' | 'pause'> & { answers: boolean }

export interface Report extends Outcome {
  lines: string[]
  /** the sentence with which it stopped */
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
    // Nobody waits: the double is ready when it was asked often enough.
    pause: async () => {},
  }).then(report, (error: unknown) => report({ changes: lines.length, left: [] }, error))
})

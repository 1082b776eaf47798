// Code that both HTTP servers of the emulator share: listening on this machine only, reading a body up to a limit, and
// closing.
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CannotStart } from './failures'

/**
 * Listens on 127.0.0.1.
 * @param port 0 takes a free port
 * @param sentence builds the error message for the user from the system's error code
 * @throws CannotStart when the port cannot be used
 */
export async function listenLocally(
  server: Server,
  port: number,
  sentence: (code: string | undefined) => string,
): Promise<{ origin: string; close(): Promise<void> }> {
  // Keep idle connections open longer than clients do. If the server closes first, a request that is already on its way
  // fails.
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  }).catch((cause: NodeJS.ErrnoException) => {
    throw new CannotStart(sentence(cause.code), { cause })
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/**
 * Reads a request's body. Keeps only a little more than `limit` bytes of a longer body.
 * @param limit in bytes. If the result is longer than this, the body was too long
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      if (size <= limit) chunks.push(chunk)
      size += chunk.length
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

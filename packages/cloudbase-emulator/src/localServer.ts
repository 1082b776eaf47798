// What both HTTP servers of the emulator do alike: listen on this machine only, read a body up to a limit, close.
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CannotStart } from './failures'

/**
 * @param port 0 takes a free one
 * @param sentence what to tell the user when the port cannot be used, from the system's error code
 * @throws CannotStart
 */
export async function listenLocally(
  server: Server,
  port: number,
  sentence: (code: string | undefined) => string,
): Promise<{ origin: string; close(): Promise<void> }> {
  // Longer than clients keep an idle connection: a server that closes first may break a request that is on its way.
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
 * Reads the whole body, and keeps no more of it than shows that it is too long.
 * @param limit in bytes; a result that is longer stands for a body that is too long
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

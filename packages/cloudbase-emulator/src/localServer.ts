// Code that both HTTP servers of the emulator share: listening on this machine only, reading a body up to a limit, and
// closing.
import { rmSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'
import { CannotStart } from './failures'

// Keep idle connections open longer than clients do. If the server closes first, a request that is already on its way
// fails.
const keptIdleMs = 65_000
// The longest path of a socket file that Linux and macOS accept, in bytes.
const longestSocketPath = 103

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
  await listening(server, { port, host: '127.0.0.1' }).catch((cause: NodeJS.ErrnoException) => {
    throw new CannotStart(sentence(cause.code), { cause })
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closed(server),
  }
}

/**
 * Listens on a socket file, for processes on this machine: a call through it costs less than a call over TCP.
 * @param path of the socket file. A file that a killed emulator left there is replaced
 * @returns undefined where no such file is possible: on Windows, for a long path, and in some shared folders
 */
export async function listenOnFile(server: Server, path: string): Promise<{ close(): Promise<void> } | undefined> {
  if (process.platform === 'win32' || Buffer.byteLength(path) > longestSocketPath) return undefined
  try {
    rmSync(path, { force: true })
    // A full queue refuses at once here, while TCP waits. So the queue is long.
    await listening(server, { path, backlog: 4096 })
    return { close: () => closed(server) }
  } catch {
    return undefined
  }
}

function listening(server: Server, where: ListenOptions): Promise<void> {
  server.keepAliveTimeout = keptIdleMs
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => resolve())
  })
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

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

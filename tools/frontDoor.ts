// Reads the bodies of requests to HTTP access in the local cloud, so that a flood of large bodies neither fills the
// memory nor delays small genuine notices.
import type { IncomingMessage } from 'node:http'

/** Up to this length a body is read at once. */
const smallBytes = 100 * 1024
const largeAtOnce = 1
const largeWaiting = 4
const readMs = 10_000

/** @returns what to do with one request; `busy` when too many large bodies wait already */
export function createFrontDoor() {
  let reading = 0
  const waiting: (() => void)[] = []

  const enter = async (): Promise<boolean> => {
    if (reading < largeAtOnce) reading += 1
    else if (waiting.length >= largeWaiting) return false
    else await new Promise<void>((turn) => waiting.push(turn))
    return true
  }
  // The place is passed to the next waiting request.
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else reading -= 1
  }

  /**
   * Reads a body and handles it. Large bodies are read one after the other; until then the sender's system holds their
   * bytes.
   * @param limit at most one byte more than this is read, to see that the body is too long
   */
  return async <T>(
    request: IncomingMessage,
    limit: number,
    handle: (body: Buffer) => Promise<T>,
  ): Promise<T | 'busy'> => {
    const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
    if (length > limit && Number.isFinite(length)) return handle(Buffer.alloc(limit + 1))
    if (Math.min(length, limit) <= smallBytes) return handle(await readUpTo(request, limit + 1))
    if (!(await enter())) return 'busy'
    try {
      return await handle(await readUpTo(request, limit + 1))
    } finally {
      leave()
    }
  }
}

/**
 * The first bytes of a body; what comes after them is thrown away with the answer. @throws when it ends early or takes
 * too long
 */
function readUpTo(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => {
      clearTimeout(timer)
      request.off('data', take).off('end', done).off('error', done).off('close', gone)
      if (error) reject(error)
      else resolve(Buffer.concat(chunks).subarray(0, most))
    }
    const gone = () => done(new Error('the request ended early'))
    const take = (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size >= most) done()
    }
    const timer = setTimeout(() => {
      done(new Error('the body took too long'))
      request.destroy()
    }, readMs)
    request.on('data', take).on('end', done).on('error', done).on('close', gone)
  })
}

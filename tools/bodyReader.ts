// Reads the bodies of HTTP requests to the local cloud. A flood of large bodies must not fill the memory or delay small
// payment notices.
import type { IncomingMessage } from 'node:http'

/** Bodies up to this length are read at once; longer ones wait for their turn. */
const smallBytes = 100 * 1024
const largeAtOnce = 1
const largeWaiting = 4
const readMs = 10_000

/** @returns a function that handles one request; it answers `busy` if too many large bodies already wait */
export function createBodyReader() {
  let reading = 0
  const waiting: (() => void)[] = []

  const enter = async (): Promise<boolean> => {
    if (reading < largeAtOnce) reading += 1
    else if (waiting.length >= largeWaiting) return false
    else await new Promise<void>((turn) => waiting.push(turn))
    return true
  }
  // Let the next waiting request read its body.
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else reading -= 1
  }

  /**
   * Reads a body and then handles it. Large bodies are read one after the other. A waiting body stays in the sender's
   * system and takes no memory here.
   * @param limit in bytes; reads at most one byte more, to find out that a body is too long
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

/** Reads the first bytes of a body and ignores the rest. @throws if the body ends early or takes too long */
export function readUpTo(request: IncomingMessage, most: number): Promise<Buffer> {
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

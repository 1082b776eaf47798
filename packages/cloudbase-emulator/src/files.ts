// Cloud storage on one machine. Files are in the data folder; uploads and downloads use signed URLs that expire.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createReadStream, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { invalid } from './failures'

const idStart = 'cloud://local.6c6f-local/'
const putMs = 10 * 60_000
const defaultGetMs = 2 * 3_600_000
// CloudBase accepts up to 50 MB when a function uploads a file in one piece.
const fileLimit = 50 * 1024 * 1024
const route = /^\/storage\/([^?]+)\?(put|get)=(\d+)&sign=([0-9a-f]{64})$/

export type Files = ReturnType<typeof createFiles>

/**
 * Opens the file storage of a data folder.
 * @param key signs the links to files. It is stored with the data, so that a link stays valid after a restart
 */
export function createFiles({ dataDir, key, now }: { dataDir: string; key: string; now(): number }) {
  const folder = join(dataDir, 'files')

  const signOf = (path: string, verb: string, until: number): string =>
    createHmac('sha256', key).update(`${verb} ${until} ${path}`).digest('hex')

  const address = (origin: string, path: string, verb: 'put' | 'get', lifeMs: number): string => {
    const until = now() + lifeMs
    const encoded = path.split('/').map(encodeURIComponent).join('/')
    return `${origin}/storage/${encoded}?${verb}=${until}&sign=${signOf(path, verb, until)}`
  }

  const exists = (path: string): boolean => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() ?? false

  return {
    /**
     * Returns the URL and the fields with which the SDK uploads a file.
     * @throws CloudFailure for a path that is not valid
     */
    toPut(origin: string, cloudPath: unknown) {
      const path = checkedPath(cloudPath)
      const fileId = idStart + path
      return {
        url: address(origin, path, 'put', putMs),
        token: 'local',
        authorization: 'local',
        fileId,
        // The SDK sends this id in an HTTP header, which allows ASCII only.
        cosFileId: encodeURIComponent(fileId),
      }
    },
    toGet(origin: string, fileId: unknown, maxAgeSeconds: unknown) {
      const path = pathOf(fileId)
      const lifeMs = typeof maxAgeSeconds === 'number' && maxAgeSeconds > 0 ? maxAgeSeconds * 1_000 : defaultGetMs
      if (path === undefined || !exists(path))
        return { fileID: fileId, code: 'STORAGE_FILE_NONEXIST', tempFileURL: '', download_url: '' }
      // Return the URL without percent-encoding, because the SDK encodes it before the download.
      const tempFileURL = decodeURI(address(origin, path, 'get', lifeMs))
      return { fileID: fileId, code: 'SUCCESS', tempFileURL, download_url: tempFileURL, maxAge: lifeMs / 1_000 }
    },
    remove(fileId: unknown) {
      const path = pathOf(fileId)
      if (path === undefined || !exists(path)) return { fileID: fileId, code: 'STORAGE_FILE_NONEXIST' }
      rmSync(join(folder, path))
      return { fileID: fileId, code: 'SUCCESS' }
    },
    /** Handles uploads and downloads. Returns false when the request's path is not a file URL. */
    handle(request: IncomingMessage, response: ServerResponse): boolean {
      if (!request.url?.startsWith('/storage/')) return false
      const [, encoded = '', verb = '', until = '', sign = ''] = route.exec(request.url) ?? []
      const path = decoded(encoded)
      const method =
        request.method === 'PUT' ? 'put' : request.method === 'GET' || request.method === 'HEAD' ? 'get' : ''
      const wanted = Buffer.from(signOf(path ?? '', verb, Number(until)))
      const isGood =
        path !== undefined &&
        verb === method &&
        sign.length === wanted.length &&
        timingSafeEqual(wanted, Buffer.from(sign))
      if (!isGood || Number(until) < now()) return refused(response, 403)
      if (verb === 'put') put(request, response, join(folder, path))
      else get(request, response, join(folder, path))
      return true
    },
  }
}

export const newFileKey = (): string => randomBytes(32).toString('hex')

function put(request: IncomingMessage, response: ServerResponse, file: string): void {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= fileLimit) chunks.push(chunk)
  })
  request.on('end', () => {
    if (size > fileLimit) return void refused(response, 413)
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // Write to a temporary name and then rename, so that the file is never incomplete, even after kill -9.
    const part = `${file}.${randomBytes(6).toString('hex')}.part`
    writeFileSync(part, Buffer.concat(chunks), { mode: 0o600 })
    renameSync(part, file)
    response.writeHead(200, { 'content-length': 0 }).end()
  })
}

function get(request: IncomingMessage, response: ServerResponse, file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) return void refused(response, 404)
  response.writeHead(200, {
    'content-type': file.endsWith('.csv') ? 'text/csv; charset=utf-8' : 'application/octet-stream',
    'content-length': size,
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
    // The preview's page has another port, so downloads need a CORS header.
    'access-control-allow-origin': '*',
  })
  if (request.method === 'HEAD') response.end()
  else createReadStream(file).pipe(response)
}

function refused(response: ServerResponse, status: number): true {
  response.writeHead(status, { 'content-length': 0, connection: 'close' }).end()
  return true
}

// File paths may contain letters and digits of every language.
const pathPattern = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*(\/[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*){0,9}$/u

function checkedPath(path: unknown): string {
  if (typeof path !== 'string' || Buffer.byteLength(path) > 200 || !pathPattern.test(path) || path.endsWith('.part'))
    throw invalid('path')
  return path
}

// Returns the path of a file id; undefined for another environment, because CloudBase treats such a file as missing.
function pathOf(fileId: unknown): string | undefined {
  if (typeof fileId !== 'string' || !fileId.startsWith(idStart)) return undefined
  const path = fileId.slice(idStart.length)
  return pathPattern.test(path) ? path : undefined
}

function decoded(encoded: string): string | undefined {
  try {
    const path = decodeURIComponent(encoded)
    return pathPattern.test(path) ? path : undefined
  } catch {
    return undefined
  }
}

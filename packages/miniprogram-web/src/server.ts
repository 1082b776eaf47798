// Serves a mini-program: its page and bundle, the mini-program's pictures, the list of problems, and reloads after a
// save.
import fs from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { buildWeb, type WebOptions } from './build'
import type { Problem } from './problems'

/** The server of one mini-program. */
export interface WebServer {
  /**
   * Answers a request for the page, its bundle or its pictures.
   * @param request a request of Node's HTTP server
   * @param response stays untouched if the request is for another path
   * @returns false if the request is for another path
   */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /** @returns the problems of the last build */
  problems(): Problem[]
  /** Stops watching the files and closes the event streams of all pages. */
  close(): void
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
}
const pictures = new Set(['.svg', '.png', '.jpg', '.jpeg', '.gif', '.webp'])
const settleTime = 120

/**
 * Builds a mini-program and serves it. Rejects only if the tools themselves fail.
 * @param options as for `buildWeb`; with `watch`, builds again after every save and reloads the pages; with `isBuilt`,
 * serves what `buildWeb` wrote into `outDir` before
 * @returns handlers for the caller's own HTTP server
 */
export async function createWeb(options: WebOptions & { watch: boolean; isBuilt?: boolean }): Promise<WebServer> {
  const { miniprogramRoot, outDir } = options
  const listeners = new Set<ServerResponse>()
  let problems = options.isBuilt ? [] : (await buildWeb(options)).problems
  let timer: NodeJS.Timeout | undefined
  // The numbers of builds start from the time. So after a restart of the server, open pages get a number that they do
  // not know, and reload.
  let build = Date.now()
  let isBuilding = false
  let isStale = false

  async function rebuild(): Promise<void> {
    if (isBuilding) {
      isStale = true
      return
    }
    isBuilding = true
    try {
      problems = (await buildWeb(options)).problems
    } catch (error) {
      problems = [{ severity: 'error', file: 'build', message: (error as Error).message }]
    }
    isBuilding = false
    build++
    for (const listener of listeners) listener.write(`data: ${build}\n\n`)
    if (!isStale) return
    isStale = false
    await rebuild()
  }
  const onSave = (_event: string, name: string | null): void => {
    if (name?.startsWith('miniprogram_npm')) return
    clearTimeout(timer)
    timer = setTimeout(() => void rebuild(), settleTime)
  }
  const watcher = options.watch ? fs.watch(miniprogramRoot, { recursive: true }, onSave) : undefined
  watcher?.on('error', () => watcher.close())

  return {
    async handle(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false
      const name = pathOf(request.url ?? '/')
      if (name === undefined) return false
      if (name === '/__reload') {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        response.write(`data: ${build}\n\n`)
        listeners.add(response)
        response.on('close', () => listeners.delete(response))
        return true
      }
      if (name === '/__problems') {
        response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        response.end(JSON.stringify(problems))
        return true
      }
      const file = name === '/' ? path.join(outDir, 'index.html') : await servable(name, outDir, miniprogramRoot)
      if (file === undefined) return false
      const body = await fs.promises.readFile(file)
      const type = types[path.extname(file).toLowerCase()] ?? 'application/octet-stream'
      response.writeHead(200, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : body)
      return true
    },
    problems: () => problems,
    close() {
      clearTimeout(timer)
      watcher?.close()
      for (const listener of listeners) listener.end()
    },
  }
}

function pathOf(url: string): string | undefined {
  try {
    const name = decodeURIComponent(new URL(url, 'http://localhost').pathname)
    return name.includes('\0') || name.includes('\\') ? undefined : name
  } catch {
    return undefined
  }
}

/** Finds the file to serve: part of the bundle, or a picture of the mini-program. Never serves its source code. */
async function servable(name: string, outDir: string, miniprogramRoot: string): Promise<string | undefined> {
  const inBundle = await contained(outDir, name)
  if (inBundle !== undefined) return inBundle
  return pictures.has(path.extname(name).toLowerCase()) ? contained(miniprogramRoot, name) : undefined
}

async function contained(dir: string, name: string): Promise<string | undefined> {
  try {
    const root = await fs.promises.realpath(dir)
    const file = await fs.promises.realpath(path.join(root, name))
    if (!file.startsWith(root + path.sep)) return undefined
    return (await fs.promises.stat(file)).isFile() ? file : undefined
  } catch {
    return undefined
  }
}

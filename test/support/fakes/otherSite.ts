// A website on another origin whose pages load OpenMidas from the local cloud.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface OtherSite {
  origin: string
  /** the pages of the website by path; other paths get a default page */
  pages: Map<string, string>
  /** headers of every page */
  headers: Record<string, string>
  /** the requested paths with their queries, the oldest first */
  visits: string[]
  close(): Promise<void>
}

export async function openSite(): Promise<OtherSite> {
  const pages = new Map<string, string>()
  const visits: string[] = []
  const site = { origin: '', pages, visits, headers: {} as Record<string, string> }
  const server = createServer((request, response) => {
    const url = request.url ?? '/'
    if (!url.startsWith('/favicon')) visits.push(url)
    const body = pages.get(new URL(url, 'http://site').pathname) ?? '<!doctype html><title>site</title>'
    const type = url.includes('.js') ? 'text/javascript' : 'text/html; charset=utf-8'
    response.writeHead(200, { 'content-type': type, ...site.headers }).end(body)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  site.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...site,
    get headers() {
      return site.headers
    },
    set headers(value) {
      site.headers = value
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

// Builds the mini-program as a website. npm run build writes it into dist/web; npm start serves it under /web/.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, extname, join, resolve, sep } from 'node:path'
import { buildWeb } from '../packages/miniprogram-web/src/build'
import { failOnProblems } from '../packages/miniprogram-web/src/problems'
import { unavailable } from '../web/messages'
import { buildCashier } from './cashier/build'
import { buildOpenApi } from './openapi/build'
import { buildOpenMidas, scriptOf } from './openmidas/build'

const root = resolve(__dirname, '..')
const isAdmin = (page: string): boolean => page.startsWith('pages/admin/')

/**
 * Builds the shop, the back office, OpenMidas for other websites, the page of the served API, the cashier, and the
 * script of the page that opens a payment sheet.
 * @param isLocal true: builds for the local cloud
 * @throws when a page has an error
 */
export async function buildWebsite(outDir = join(root, 'dist/web'), { isLocal = false } = {}): Promise<void> {
  const shared = {
    miniprogramRoot: join(root, 'miniprogram'),
    dev: false,
    strict: true,
    title: '小收银台 Mini Cashier',
    nodeModules: join(root, 'node_modules'),
  }
  const shop = {
    width: 720,
    base: '/web/',
    elsewhere: '/web/admin/',
    includes: (page: string) => !isAdmin(page),
    // Use the browser's version of OpenMidas: a dialog with a QR code on a PC, WeChat's H5 page on a phone, WeChat's
    // payment sheet inside WeChat.
    replaces: { [join(root, 'miniprogram/openmidas/index.ts')]: join(root, 'web/wx/shopMidas.ts') },
    unavailable,
  }
  const admin = {
    base: '/web/admin/',
    elsewhere: '/web/',
    includes: isAdmin,
    style: join(root, 'web/admin/admin.css'),
    unavailable,
  }
  const built = await Promise.all([
    buildWeb({
      ...shared,
      guest: join(root, isLocal ? 'tools/preview/browser/shop.ts' : 'web/shop.ts'),
      outDir,
      site: shop,
    }),
    buildWeb({ ...shared, guest: join(root, 'web/admin.ts'), outDir: join(outDir, 'admin'), site: admin }),
  ])
  for (const { problems } of built) failOnProblems(problems)
  await buildOpenMidas(outDir, { isLocal })
  await buildOpenApi(outDir)
  // The function `web` loads this script in its page with a payment sheet, for providers whose payments need an openid
  // of the provider's own account.
  await writeFile(join(outDir, 'paySheet.js'), await scriptOf(join(root, 'web/paySheet.ts')))
  await buildCashier(join(outDir, 'cashier'), { isLocal })
}

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
}
// Files that pages of other websites or of a provider load.
const forSites = /^(openMidas[^/]*\.m?js|paySheet\.js)$/
const hashed = /-[0-9a-f]{12}\.(js|css)$/

// The content security policy. glass-easel sets style attributes, so these are allowed. Scripts come only from our own
// files and, for the Hong Kong wallet's sheet, from WeChat's JS SDK.
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self' https://res.wx.qq.com",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob: https:",
  "font-src 'self' data:",
  // OpenMidas asks Midas's host how to open a payment.
  "connect-src 'self' https://api.openmidas.com",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Answers GET /web/… from a folder that `buildWebsite` has filled. A path without a file is a page of the shop or the
 * back office; that page's script reads the address.
 * @param bridge path of WeChat's script, which WeChat's browser adds to every page
 * @returns false for another path or method
 */
export async function serveWebsite(
  folder: () => Promise<string>,
  request: IncomingMessage,
  response: ServerResponse,
  bridge?: string,
): Promise<boolean> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  const path = pathOf(request.url ?? '/')
  if (path === '/web') {
    response.writeHead(302, { location: '/web/' }).end()
    return true
  }
  if (!path?.startsWith('/web/')) return false
  const top = realpathSync(await folder())
  const wanted = resolve(top, `.${path.slice('/web'.length)}`)
  const isFile = wanted.startsWith(top + sep) && existsSync(wanted) && statSync(wanted).isFile()
  const isPage = extname(path) === ''
  if (!isFile && !isPage) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file\n')
    return true
  }
  const file = isFile ? wanted : join(top, /^\/web\/admin(\/|$)/.test(path) ? 'admin/index.html' : 'index.html')
  const isDocument = extname(file) === '.html'
  const body = isDocument && bridge !== undefined ? withScript(file, bridge) : readFileSync(file)
  response.writeHead(200, {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'content-length': body.length,
    'cache-control': hashed.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': bridge === undefined ? contentPolicy : `${contentPolicy}; frame-src 'self'`,
    'referrer-policy': 'strict-origin-when-cross-origin',
    'x-content-type-options': 'nosniff',
    ...(forSites.test(basename(file)) && {
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
  return true
}

const withScript = (file: string, path: string): Buffer =>
  Buffer.from(readFileSync(file, 'utf8').replace('<head>', `<head><script src="${path}"></script>`))

function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname)
    return /[\0\\]/.test(path) ? undefined : path
  } catch {
    return undefined
  }
}

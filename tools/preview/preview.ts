// The mini-program in a browser, with what the preview adds: payment sheet, signing page and developer tools.
import { join } from 'node:path'
import { buildWeb, type WebBuild } from '../../packages/miniprogram-web/src/build'
import { createWeb, type WebServer } from '../../packages/miniprogram-web/src/server'

interface PreviewOptions {
  miniprogramRoot: string
  outDir: string
}

const people = [
  { key: 'shopper-a', openid: 'oMiniCashier_shopper_A_0000', name: '顾客甲', nameEn: 'Shopper A' },
  { key: 'shopper-b', openid: 'oMiniCashier_shopper_B_0000', name: '顾客乙', nameEn: 'Shopper B' },
  { key: 'merchant', openid: 'oMiniCashier_merchant_0000', name: '商家', nameEn: 'Merchant' },
]

const ours = {
  strict: true,
  people,
  guest: join(__dirname, 'browser/guest.ts'),
  title: '小收银台 Mini Cashier',
  nodeModules: join(__dirname, '../../node_modules'),
}

/** Builds the pages as `buildWeb` does, with the preview around the phone. */
export const buildPreview = (options: PreviewOptions & { dev: boolean }): Promise<WebBuild> =>
  buildWeb({ ...ours, ...options })

/**
 * Starts the preview's server. First builds the pages, unless `isBuilt` is true. If `watch` is true, builds them again
 * after each saved file.
 */
export const createPreview = (options: PreviewOptions & { watch: boolean; isBuilt?: boolean }): Promise<WebServer> =>
  createWeb({ ...ours, ...options, dev: true })

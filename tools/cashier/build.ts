// Builds the cashier on which customers of connected systems pay: one HTML page under two names of the Unified
// platform's document, with script and style.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(__dirname, '../..')

/** @param isLocal true: also allows the sandbox's payment sheet in a frame */
export async function buildCashier(outDir: string, { isLocal = false } = {}): Promise<void> {
  await mkdir(outDir, { recursive: true })
  for (const old of await readdir(outDir)) await rm(join(outDir, old), { recursive: true })
  const { outputFiles } = await build({
    entryPoints: [join(root, 'web/cashier.ts')],
    bundle: true,
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    format: 'iife',
    target: 'es2020',
    write: false,
    logLevel: 'error',
  })
  const css = await readFile(join(root, 'web/cashier/cashier.css'), 'utf8')
  const write = async (text: string, ending: string): Promise<string> => {
    const name = `cashier-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.${ending}`
    await writeFile(join(outDir, name), text)
    return name
  }
  const page = pageOf(await write(outputFiles[0]?.text ?? '', 'js'), await write(css, 'css'), isLocal)
  await Promise.all(['pay.html', 'mpay.html'].map((name) => writeFile(join(outDir, name), page)))
}

// The content security policy, as a meta tag, because static hosting sends no such header. A meta tag cannot forbid
// frames, so inside a frame the page's script shows nothing but a link out of the frame.
const policy = (isLocal: boolean): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:',
    "connect-src 'self'",
    isLocal && "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ]
    .filter(Boolean)
    .join('; ')

const pageOf = (script: string, style: string, isLocal: boolean): string => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(isLocal)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>收银台 Cashier</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">
</head>
<body>
<main>
<noscript>请允许本页运行脚本，然后重新打开。<span lang="en">Please allow scripts for this page and open it again.</span></noscript>
</main>
<script src="${script}"></script>
</body>
</html>
`

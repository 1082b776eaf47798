// What the sandbox's payment and signing pages have in common: the style, the heading with the language switch, and a
// script.
import type { TwinAnswer } from '../twin'

const style = `
  body { margin: 0; background: #f3f4f6; color: #1b1f23; font: 16px/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", sans-serif; }
  main { box-sizing: border-box; width: min(100%, 430px); min-height: 100vh; margin: 0 auto; padding: 20px 24px 32px; background: #fff; overflow-wrap: anywhere; }
  header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px; }
  h1 { margin: 0; font-size: 18px; }
  header button { padding: 4px 8px; border: 0; background: none; color: #576b95; font: inherit; }
  .sandbox { display: inline-block; margin: 4px 0 0; padding: 2px 10px; border-radius: 10px; background: #fff3e0; color: #8a4a00; font-size: 13px; }
  .payee { margin: 32px 0 0; text-align: center; }
  .amount { margin: 4px 0 28px; font-size: 42px; font-weight: 600; line-height: 1.25; text-align: center; font-variant-numeric: tabular-nums; }
  .row { display: flex; justify-content: space-between; gap: 16px; margin: 0; padding: 12px 0; border-top: 1px solid #e6e6e6; }
  .row span:first-child { flex: none; color: #666; }
  .row span:last-child { text-align: right; }
  .actions { display: grid; gap: 12px; margin-top: 32px; }
  .actions button { padding: 13px; border: 0; border-radius: 8px; background: #ededed; color: #333; font: inherit; font-size: 17px; cursor: pointer; }
  .actions .pay { background: #07863f; color: #fff; font-weight: 600; }
  .actions button:disabled { opacity: 0.6; }
  [role="status"] { margin: 28px 0 0; text-align: center; }
  [hidden] { display: none !important; }
`

/**
 * Builds a page.
 * @param title heading until the script runs
 * @param main HTML below the heading. The frame has the elements `otherLanguage`, `title` and `sandbox`
 * @param script inserts the texts
 */
export const sandboxPage = (title: string, main: string, script: string): string => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<title>${title}</title><style>${style}</style>
</head>
<body>
<main>
<header><h1 id="title"></h1><button type="button" id="otherLanguage"></button></header>
<p class="sandbox" id="sandbox"></p>
${main}
</main>
<script>${script}</script>
</body>
</html>
`

export const pageAnswer = (body: string): TwinAnswer => ({
  statusCode: 200,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body,
})

// Writes the OpenAPI document of the served API and its HTML page, in both languages, into the website.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openApiDocument } from './document'
import { apiPage, fileNames, pageNames } from './page'
import { languages } from './words'

const root = resolve(__dirname, '../..')

export async function buildOpenApi(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true })
  const css = await readFile(join(root, 'web/api/api.css'), 'utf8')
  const style = `api-${createHash('sha256').update(css).digest('hex').slice(0, 12)}.css`
  for (const old of await readdir(outDir)) if (/^api-.*\.css$/.test(old)) await rm(join(outDir, old))
  await writeFile(join(outDir, style), css)
  for (const language of languages) {
    await writeFile(join(outDir, fileNames[language]), `${JSON.stringify(openApiDocument(language), undefined, 2)}\n`)
    await writeFile(join(outDir, pageNames[language]), apiPage(language, style))
  }
}

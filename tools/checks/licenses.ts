// Collects the licence texts of the npm packages in a bundle, because most licences require that their text accompanies
// the code.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * One text with name, version, licence and licence text of each package in a bundle. A package that was published
 * without a text, or without the name of a licence, is listed with a sentence that says so.
 * @param inputs the files of the bundle, as esbuild's metafile lists them
 */
export function licensesOf(inputs: readonly string[]): string {
  const folders = [...new Set(inputs.flatMap((file) => packageFolder(file) ?? []))]
  const texts = [...new Set(folders.map(licenseOf))].sort((a, b) => a.localeCompare(b))
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

/** The innermost package folder of a file under node_modules; undefined for our own files. */
const packageFolder = (file: string): string | undefined =>
  /^(?:.*[\\/])?node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0]

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license?: string
  }
  const file = readdirSync(folder).find((one) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(one))
  const text =
    file === undefined ? 'The package was published without a licence text.' : readFileSync(join(folder, file), 'utf8')
  return `${name} ${version} (${license ?? 'no licence named by its publisher'})\n\n${text.trim()}\n`
}

// Reads the repository's Markdown pages for tests: their names, headings and links. Ignores code blocks.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(__dirname, '../..')

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const ignored = [
  '.git',
  ...read('.gitignore')
    .split('\n')
    .map((line) => line.replace(/\/$/, '')),
]

/** The repository's files whose path matches, relative to its root. Files that git ignores are left out. */
export function filesOf(pattern: RegExp, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (ignored.includes(entry.name) || ignored.includes(path)) return []
    if (entry.isDirectory()) return filesOf(pattern, path)
    return pattern.test(path) ? [path] : []
  })
}

/** A page's text without its code blocks. Code lines become empty lines, so that line numbers stay the same. */
export function prose(text: string): string {
  let fenced = false
  return text
    .split('\n')
    .map((line) => {
      const isFence = /^\s*```/.test(line)
      if (isFence) fenced = !fenced
      return fenced || isFence ? '' : line
    })
    .join('\n')
}

export interface Heading {
  level: number
  title: string
}

export const headingsOf = (text: string): Heading[] =>
  [...prose(text).matchAll(/^(#+) (.+)$/gm)].map(([, marks = '', title = '']) => ({
    level: marks.length,
    title: title.trim(),
  }))

/** The anchor of a heading within its page, as GitHub makes it. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replace(/ /g, '-')

/** A page's links to other files of the repository. Ignores links in code spans. */
export const linksOf = (text: string): string[] =>
  [
    ...prose(text)
      .replace(/`[^`\n]*`/g, (span) => span.replace(/[()[\]]/g, ' '))
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))

/** Expands the braces of a path: `a/{b,c}.ts` stands for two paths. */
export function expandBraces(path: string): string[] {
  const [whole, choices = ''] = /\{([^{}]*)\}/.exec(path) ?? []
  if (whole === undefined) return [path]
  return choices.split(',').flatMap((choice) => expandBraces(path.replace(whole, choice.trim())))
}

/** The files and folders that a page names in code spans. `*` and `<…>` stand for any name. */
export const pathsOf = (text: string): string[] =>
  [...prose(text).matchAll(/`([^`\s]+)`/g)]
    .map(([, span = '']) => span)
    .filter((span) => isPath.test(span))
    .flatMap(expandBraces)

const isPath =
  /^(?:(?:cloudfunctions|miniprogram|packages|tools|test|typings|docs|\.github|\.ci)\/[\w.<>*{},/-]*|[\w.<>*{},/-]+\.(?:ts|cjs|json|md|png|grit|yml|wxml|wxss))$/

/** The n-th code example of a page in one programming language, with the indentation of a list taken off. */
export function snippet(page: string, language: string, nth = 0): string {
  const [, indent = '', text] =
    [...read(page).matchAll(new RegExp(`^( *)\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'gm'))][nth] ?? []
  if (text === undefined) throw new Error(`no snippet ${nth} in ${language} in ${page}`)
  return text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
}

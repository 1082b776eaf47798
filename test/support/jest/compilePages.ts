// Compiles the templates of a mini-program for page tests on the web host. The compiler does not run in jsdom.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { collectComponents, createCodePaths, readJson } from '../../../packages/miniprogram-web/src/codePaths'
import type { AppConfig } from '../../../packages/miniprogram-web/src/config'
import { failOnProblems, type Problem } from '../../../packages/miniprogram-web/src/problems'
import { compileTemplates } from '../../../packages/miniprogram-web/src/wxml'

/**
 * Writes a module that exports the templates of a mini-program, and `scope`: its configuration. Components of npm packages
 * get no template; the tests replace them.
 */
export function compilePages(root: string, file: string): void {
  const problems: Problem[] = []
  const paths = createCodePaths(root, resolve(__dirname, '../../../node_modules'))
  const app = readJson(join(root, 'app.json')) as AppConfig
  const { pages, components } = collectComponents(paths, app, problems, true)
  const own = new Map([...components].filter(([codePath]) => !codePath.startsWith('miniprogram_npm/')))
  const templates = compileTemplates(paths, own, problems, { dev: false, strict: true })
  failOnProblems(problems)
  const configs = [...components].map(([codePath, config]) => {
    const isOwn = own.has(codePath)
    return [codePath, { config: isOwn ? config : { component: true }, style: '' }] as const
  })
  const scope = { app, pages, components: Object.fromEntries(configs) }
  mkdirSync(dirname(file), { recursive: true })
  const fresh = `${file}-${process.pid}`
  writeFileSync(fresh, `exports.scope = ${JSON.stringify(scope)}\nexports.templates = ${templates.code}\n`)
  renameSync(fresh, file)
}

const [, script, root, file] = process.argv
if (script === __filename && root !== undefined && file !== undefined) compilePages(root, file)

// Compiles WXML and WXS for glass-easel, and reports problems that WeChat does not report.
import fs from 'node:fs'
import path from 'node:path'
import { transformSync } from 'esbuild'
import { TmplGroup } from 'glass-easel-template-compiler'
import { builtinPath, builtinTemplates } from './builtinTemplates'
import type { CodePaths } from './codePaths'
import type { ComponentConfig } from './config'
import { type Problem, positionAt } from './problems'

interface TemplateWarning {
  message: string
  startLine: number
  startColumn: number
}

// getRegExp and getDate exist in WXS only, so they are added to the compiled module.
const wxsGlobals =
  'var getRegExp=function(p,f){return new RegExp(p,f)};var getDate=function(...a){return new Date(...a)};'
const wxsTokens = /\/\/.*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\.constructor\b/g
const structuralTags = new Set(['block', 'template', 'import', 'include', 'slot', 'wxs', 'wx-scope'])

export interface CompiledTemplates {
  /** a JavaScript expression: an object from code path to template */
  code: string
  /** the texts of all files that were read, in which icons.ts looks for icon names */
  sources: Map<string, string>
}

export function compileTemplates(
  paths: CodePaths,
  components: Map<string, ComponentConfig>,
  problems: Problem[],
  { dev, strict }: { dev: boolean; strict: boolean },
): CompiledTemplates {
  // Severity of problems for which WeChat's compiler only warns, or which WeChat does not render.
  const mild = strict ? 'error' : 'warning'
  const group = dev ? TmplGroup.newDev() : new TmplGroup()
  group.setExtraRuntimeScript(wxsGlobals)
  const sources = new Map<string, string>()
  const scripts = new Set<string>()
  const isForeign = (codePath: string) => codePath.startsWith('miniprogram_npm/')

  function addScript(codePath: string, from: string): void {
    if (scripts.has(codePath)) return
    scripts.add(codePath)
    const file = `${paths.fileOf(codePath.replace(/\.wxs$/, ''))}.wxs`
    if (!fs.existsSync(file)) {
      problems.push({ severity: 'error', file: from, message: `wxs "${codePath}" not found` })
      group.addScript(codePath, '')
      return
    }
    const source = fs.readFileSync(file, 'utf8')
    sources.set(file, source)
    group.addScript(codePath, wxsToScript(source, paths.shown(file), isForeign(codePath) ? [] : problems))
    // Add the scripts that a WXS script requires, because the compiler does not follow require().
    for (const match of source.matchAll(/require\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      addScript(path.posix.join(path.posix.dirname(codePath), match[1] ?? ''), paths.shown(file))
    }
  }

  function addTemplate(codePath: string, from: string): void {
    const file = `${paths.fileOf(codePath)}.wxml`
    if (sources.has(file)) return
    if (!fs.existsSync(file)) {
      problems.push({ severity: mild, file: from, message: `wxml "${codePath}.wxml" not found` })
      group.addTmpl(codePath, '')
      return
    }
    const source = fs.readFileSync(file, 'utf8')
    const shown = paths.shown(file)
    sources.set(file, source)
    for (const warning of (group.addTmpl(codePath, source) ?? []) as TemplateWarning[]) {
      if (isForeign(codePath)) continue
      problems.push({
        // WeChat's compiler treats a missing end tag as an error, and the other warnings as warnings.
        severity: mild,
        file: shown,
        line: warning.startLine + 1,
        column: warning.startColumn + 1,
        message: warning.message,
      })
    }
    for (const name of group.getInlineScriptModuleNames(codePath) as string[]) {
      const script = group.getInlineScript(codePath, name)
      group.setInlineScript(codePath, name, wxsToScript(script, shown, isForeign(codePath) ? [] : problems))
    }
    if (!isForeign(codePath))
      problems.push(...callsOutsideWxs(source, shown).map((problem) => ({ ...problem, severity: mild }) as const))
    for (const next of group.getDirectDependencies(codePath) as string[]) addTemplate(next, shown)
    for (const next of group.getScriptDependencies(codePath) as string[]) addScript(next, shown)
  }

  for (const [name, wxml] of Object.entries(builtinTemplates)) group.addTmpl(builtinPath(name), wxml)
  for (const codePath of components.keys()) addTemplate(codePath, `${codePath}.json`)
  for (const [codePath, config] of components) {
    if (isForeign(codePath)) continue
    const known = new Set([
      ...structuralTags,
      ...Object.keys(builtinTemplates),
      ...Object.keys(config.usingComponents ?? {}),
      ...Object.keys(config.componentGenerics ?? {}),
    ])
    for (const template of withImports(codePath, group)) {
      const file = `${paths.fileOf(template)}.wxml`
      problems.push(
        ...unknownTags(sources.get(file) ?? '', paths.shown(file), codePath, known).map(
          (problem) => ({ ...problem, severity: mild }) as const,
        ),
      )
    }
  }
  return { code: group.getTmplGenObjectGroups(), sources }
}

function withImports(codePath: string, group: TmplGroup): Set<string> {
  const found = new Set([codePath])
  for (const template of found) for (const next of group.getDirectDependencies(template) as string[]) found.add(next)
  return found
}

/**
 * WXS differs from JavaScript in two ways that TDesign depends on: `x.constructor` is the constructor's name, and a
 * single backslash in a string stays a backslash.
 */
function wxsToScript(source: string, file: string, problems: Problem[]): string {
  const bare = source.replace(wxsTokens, (token) => (token.startsWith('.') ? token : token.replace(/[^\n]/g, ' ')))
  const complain = (index: number, message: string) =>
    problems.push({ severity: 'error', file, ...positionAt(source, index), message })
  for (const match of bare.matchAll(/=>|`|\b(?:let|const|class)\b/g)) {
    complain(match.index, `WXS is ES5: "${match[0]}" is not in it`)
  }
  for (const match of source.matchAll(wxsTokens)) {
    if (/^['"]/.test(match[0]) && match[0].includes('\\\\')) {
      complain(match.index, `${match[0]}: write one backslash, a WXS string keeps it`)
    }
  }
  const script = source.replace(wxsTokens, (token) => {
    if (token === '.constructor') return '.constructor.name'
    return token.startsWith('/') ? token : token.replace(/\\(?![\\'"nrtu])/g, '\\\\')
  })
  try {
    transformSync(script, { loader: 'js', logLevel: 'silent' })
  } catch (error) {
    const first = (error as { errors?: { text: string; location?: { line: number } | null }[] }).errors?.[0]
    const line = first?.location?.line
    problems.push({
      severity: 'error',
      file,
      ...(line !== undefined && { line }),
      message: `WXS: ${first?.text ?? String(error)}`,
    })
    return ''
  }
  return script
}

// Reports each call inside {{ }} of a function that is not a WXS function. WeChat shows nothing for such a call, but in
// a browser the call would work.
function callsOutsideWxs(source: string, file: string): Problem[] {
  const modules = new Set([...source.matchAll(/<wxs[^>]*\bmodule="([^"]+)"/g)].map((match) => match[1]))
  const found: Problem[] = []
  const text = withoutScripts(source)
  for (const binding of text.matchAll(/\{\{(.*?)\}\}/gs)) {
    const expression = (binding[1] ?? '').replace(/'[^']*'|"[^"]*"/g, (quoted) => ' '.repeat(quoted.length))
    for (const call of expression.matchAll(/(?<![\w$.])([A-Za-z_$][\w$]*)((?:\.[\w$]+|\[[^\]]*\])*)\s*\(/g)) {
      const chain = call[2] ?? ''
      // WXS modules are allowed: a member of a module, or a module that is itself a function.
      if (modules.has(call[1]) && /^(?:\.[\w$]+)?$/.test(chain)) continue
      found.push({
        severity: 'error',
        file,
        ...positionAt(source, binding.index + 2 + call.index),
        message: `${call[1]}${chain}(…) in {{ }} is not a WXS function: WeChat renders nothing`,
      })
    }
  }
  return found
}

function unknownTags(source: string, file: string, codePath: string, known: Set<string>): Problem[] {
  const blank = (part: string) => part.replace(/[^\n]/g, ' ')
  const text = withoutScripts(source).replace(/\{\{.*?\}\}/gs, blank)
  return [...text.matchAll(/<([a-z][\w-]*)/g)]
    .filter((match) => !known.has(match[1] ?? ''))
    .map((match) => ({
      severity: 'error' as const,
      file,
      ...positionAt(source, match.index),
      message: `<${match[1]}> is neither built in nor in usingComponents of ${codePath}.json`,
    }))
}

function withoutScripts(source: string): string {
  const blank = (part: string) => part.replace(/[^\n]/g, ' ')
  return source
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/(<wxs\b[^>]*[^/]>)([\s\S]*?)(<\/wxs>)/g, (_, open, body, close) => open + blank(body) + close)
}

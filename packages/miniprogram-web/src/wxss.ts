// Compiles WXSS to CSS: inlines @import, makes rpx and viewport units relative to the phone's frame, renames tags to
// wx-*, and prefixes the class names of isolated components.
import fs from 'node:fs'
import path from 'node:path'
import postcss, { type AtRule, CssSyntaxError, type Root } from 'postcss'
import type { CodePaths } from './codePaths'
import type { IconSet } from './icons'
import type { Problem } from './problems'

const npmImport = /^(?:(?:\.\.\/)*|\/)miniprogram_npm\/((?:@[^/]+\/)?[^/]+)\/(.*)$/
const packageImport = /^((?:@[^/]+\/)?[^/.]+)\/(.*)$/

export interface StyleCompiler {
  /** paths of all .wxss files that were read */
  files: Set<string>
  /**
   * Compiles one .wxss file to CSS; returns an empty text if the file does not exist.
   * @param page the page to which the style sheet belongs; its rules apply to that page only
   */
  compile(file: string, scope?: string, page?: string): string
}

export function createStyleCompiler(paths: CodePaths, icons: IconSet, problems: Problem[]): StyleCompiler {
  const reported = new Set<string>()
  const complain = (problem: Problem): void => {
    const key = `${problem.file}:${problem.line}:${problem.message}`
    if (!reported.has(key)) problems.push(problem)
    reported.add(key)
  }

  function importedFile(target: string, from: string): string | undefined {
    const near = target.startsWith('/') ? path.join(paths.root, target) : path.resolve(path.dirname(from), target)
    const match = npmImport.exec(target) ?? packageImport.exec(target)
    const dir = match?.[1] && paths.packageDir(match[1])
    const inPackage = dir ? path.join(dir, match[2] ?? '') : undefined
    return [near, inPackage].find((file) => file !== undefined && fs.existsSync(file))
  }

  const files = new Set<string>()
  function load(file: string, chain: string[]): Root {
    files.add(file)
    const source = fs.readFileSync(file, 'utf8')
    let root: Root
    try {
      root = postcss.parse(source, { from: file })
    } catch (error) {
      if (!(error instanceof CssSyntaxError)) throw error
      complain({
        severity: 'error',
        file: paths.shown(file),
        ...(error.line !== undefined && { line: error.line }),
        message: `WXSS: ${error.reason}`,
      })
      return postcss.root()
    }
    icons.replaceFont(root)
    root.walkAtRules('import', (rule) => {
      const target = rule.params.replace(/^url\(|\)$/g, '').replace(/['"]/g, '')
      const next = importedFile(target, file)
      if (next === undefined) {
        complain({
          severity: 'error',
          file: paths.shown(file),
          ...(rule.source?.start && { line: rule.source.start.line }),
          message: `@import "${target}" not found`,
        })
        rule.remove()
      } else if (next === file || chain.includes(next)) rule.remove()
      else rule.replaceWith(load(next, [...chain, file]))
    })
    return root
  }

  return {
    files,
    compile(file, scope, page) {
      if (!fs.existsSync(file)) return ''
      const root = load(file, [])
      root.walkAtRules('media', (rule) => {
        if (widthOnly.test(rule.params)) rule.name = 'container'
      })
      root.walkDecls((declaration) => {
        declaration.value = phoneUnits(declaration.value)
      })
      root.walkRules((rule) => {
        if (rule.parent?.type === 'atrule' && /keyframes$/.test((rule.parent as AtRule).name)) return
        rule.selectors = rule.selectors.map((selector) => {
          const inPhone = phoneSelector(selector, scope)
          return page === undefined ? inPhone : pageSelector(inPhone, page)
        })
      })
      return root.toString()
    },
  }
}

// A media query with min-width or max-width asks for the screen's width. Rewrite it to ask for the phone's width.
const widthOnly = /^\((?:min|max)-width:\s*\d+px\)$/

// Replaces rpx and viewport units. Each page area is a CSS size container, so vh and vw become cqh and cqw.
export function phoneUnits(value: string): string {
  if (value.includes('url(')) return value
  return value
    .replace(/(-?[\d.]+)rpx\b/g, 'calc($1*var(--rpx))')
    .replace(/(-?[\d.]+)vh\b/g, '$1cqh')
    .replace(/(-?[\d.]+)vw\b/g, '$1cqw')
}

// Limits a rule to one page. `:where` adds no specificity, so that a page's style overrides app.wxss as in WeChat.
export function pageSelector(selector: string, page: string): string {
  const onPage = `:where([data-page="${page}"])`
  return selector.startsWith('.wx-page') ? selector.replace('.wx-page', `.wx-page${onPage}`) : `${onPage} ${selector}`
}

export function phoneSelector(selector: string, scope?: string): string {
  // Skip attribute selectors, because a dot inside them does not begin a class.
  return selector
    .split(/(\[[^\]]*\])/)
    .map((part, index) => {
      if (index % 2 === 1) return part
      return part
        .replace(/(^|[\s>+~,(])([a-z][a-z-]*)(?=$|[\s>+~.:#,)[])/g, (whole, before: string, tag: string) => {
          if (tag === 'page') return `${before}.wx-page`
          // Keep the browser's own <label>, because the browser passes a tap on it to the label's control.
          return tag.startsWith('wx-') || tag === 'label' ? whole : `${before}wx-${tag}`
        })
        .replace(/\.(-?[_a-zA-Z][\w-]*)/g, (whole, name: string) =>
          scope === undefined || name === 'wx-page' ? whole : `.${scope}--${name}`,
        )
        .replace(/:host/g, scope === undefined ? '.wx-page' : `[wx-host="${scope}"]`)
    })
    .join('')
}

// WXSS to CSS: @import inlined, rpx and viewport units bound to the phone's frame, tags to wx-*, and a class prefix per
// isolated component.
import fs from 'node:fs'
import path from 'node:path'
import postcss, { type AtRule, CssSyntaxError, type Root } from 'postcss'
import type { CodePaths } from './codePaths'
import type { IconSet } from './icons'
import type { Problem } from './problems'

const npmImport = /^(?:(?:\.\.\/)*|\/)miniprogram_npm\/((?:@[^/]+\/)?[^/]+)\/(.*)$/
const packageImport = /^((?:@[^/]+\/)?[^/.]+)\/(.*)$/

export interface StyleCompiler {
  /** every .wxss file read */
  files: Set<string>
  /**
   * The CSS of one .wxss file; empty if there is no such file.
   * @param page the page of the style sheet: it has no effect on other pages
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

// A media query for the screen's width is rewritten for the phone's width.
const widthOnly = /^\((?:min|max)-width:\s*\d+px\)$/

// Each page area is a size container: its height and width replace those of the screen.
export function phoneUnits(value: string): string {
  if (value.includes('url(')) return value
  return value
    .replace(/(-?[\d.]+)rpx\b/g, 'calc($1*var(--rpx))')
    .replace(/(-?[\d.]+)vh\b/g, '$1cqh')
    .replace(/(-?[\d.]+)vw\b/g, '$1cqw')
}

// A page's style applies to that page only. `:where` adds no specificity, so app.wxss is overridden as in WeChat.
export function pageSelector(selector: string, page: string): string {
  const onPage = `:where([data-page="${page}"])`
  return selector.startsWith('.wx-page') ? selector.replace('.wx-page', `.wx-page${onPage}`) : `${onPage} ${selector}`
}

export function phoneSelector(selector: string, scope?: string): string {
  // Attribute selectors are skipped, because a dot in them does not begin a class.
  return selector
    .split(/(\[[^\]]*\])/)
    .map((part, index) => {
      if (index % 2 === 1) return part
      return part
        .replace(/(^|[\s>+~,(])([a-z][a-z-]*)(?=$|[\s>+~.:#,)[])/g, (whole, before: string, tag: string) => {
          if (tag === 'page') return `${before}.wx-page`
          // `label` remains the browser's element, because that passes a tap to its control.
          return tag.startsWith('wx-') || tag === 'label' ? whole : `${before}wx-${tag}`
        })
        .replace(/\.(-?[_a-zA-Z][\w-]*)/g, (whole, name: string) =>
          scope === undefined || name === 'wx-page' ? whole : `.${scope}--${name}`,
        )
        .replace(/:host/g, scope === undefined ? '.wx-page' : `[wx-host="${scope}"]`)
    })
    .join('')
}

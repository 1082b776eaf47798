// Replaces TDesign's icon font, which WeChat loads from a CDN. A preview must work without network, so it draws the
// icons that the app names from the SVG files of the npm package tdesign-icons-svg.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import postcss, { type Root } from 'postcss'

export interface IconSet {
  /** replaces the remote font in a style sheet by SVG masks */
  replaceFont(root: Root): void
}

const iconRule = /^\.t-icon-([a-z0-9-]+):before$/
const maskRule =
  '.t-icon-base::before{content:"";display:block;width:1em;height:1em;background:var(--ink,none);' +
  '-webkit-mask:var(--icon) center/contain no-repeat;mask:var(--icon) center/contain no-repeat}'

/**
 * @param sources texts of all templates, scripts and configurations; an icon is included if one of them quotes its name
 */
export function createIconSet(nodeModules: string, sources: Iterable<string>): IconSet {
  // Prefer the version of the package that the mini-program has installed; otherwise use ours.
  const own = path.join(nodeModules, 'tdesign-icons-svg/src')
  const dir = fs.existsSync(own)
    ? own
    : path.join(createRequire(__filename).resolve('tdesign-icons-svg/package.json'), '../src')
  const named = new Set<string>()
  for (const source of sources) {
    for (const match of source.matchAll(/["'`]([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["'`]/g)) {
      named.add(match[1] ?? '').add(`${match[1]}-filled`)
    }
  }
  return {
    replaceFont(root) {
      const hasFont = root.some(
        (node) => node.type === 'atrule' && node.name === 'font-face' && isRemoteFont(`${node}`),
      )
      if (!hasFont) return
      root.walkAtRules('font-face', (rule) => {
        if (isRemoteFont(rule.toString())) rule.remove()
      })
      root.walkRules((rule) => {
        const name = iconRule.exec(rule.selector)?.[1]
        if (name === undefined) return
        const file = path.join(dir, `${name}.svg`)
        if (!named.has(name) || !fs.existsSync(file)) return void rule.remove()
        rule.replaceWith(
          postcss
            .rule({ selector: rule.selector, nodes: [] })
            .append({ prop: '--icon', value: maskOf(file) }, { prop: '--ink', value: 'currentColor' }),
        )
      })
      root.append(postcss.parse(maskRule))
    },
  }
}

const isRemoteFont = (text: string): boolean => text.includes('tdesign.gtimg.com/icon')

function maskOf(file: string): string {
  // The package's SVG files misspell the attribute viewBox as "view-box", which no browser reads.
  const svg = fs
    .readFileSync(file, 'utf8')
    .replace('view-box=', 'viewBox=')
    .replace(/ (?:class|id)="[^"]*"/g, '')
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`
}

// Tests the documentation: the README shows near its beginning the two commands that start the project, the English and
// the Chinese page have the same headings, and every link and file name exists.
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { contractMoves } from '../../cloudfunctions/shared/domain/contractShape'
import { paymentMoves } from '../../cloudfunctions/shared/domain/payment'
import { refundMoves } from '../../cloudfunctions/shared/domain/refund'
import { findProvider, providers } from '../../cloudfunctions/shared/providers'
import { shopSchema } from '../../cloudfunctions/shared/runtime/settingsSchema'
import { webResults } from '../../miniprogram/openmidas/platforms/web/codes'
import { results } from '../../miniprogram/openmidas/result'
import { anchorOf, filesOf, headingsOf, linksOf, pathsOf, prose, read, root } from '../support/markdown'

const pages = filesOf(/\.md$/)

describe('the README', () => {
  const readmes = ['README.md', 'README.zh-CN.md']
  const commands = ['npm install && npm start', 'npm install && npm test']

  it.each(readmes)('%s is at most 200 lines long', (path) => {
    expect(read(path).trimEnd().split('\n').length).toBeLessThanOrEqual(200)
  })

  it.each(readmes)('%s shows both commands on the first screen', (path) => {
    const screen = read(path).split('\n').slice(0, 30)
    for (const command of commands) expect(screen).toContain(command)
  })

  it('has the same headings in Chinese, in the same order', () => {
    const inChinese: Record<string, string> = {
      'Mini Cashier 小收银台': '小收银台 Mini Cashier',
      'Two commands': '两条命令',
      'Five minutes': '五分钟走一遍',
      Providers: '支付平台',
      'How it is built': '它是怎样搭起来的',
      Commands: '命令',
      'In a real environment': '用在真实环境',
      Pages: '更多文档',
      Licence: '许可',
    }
    const expected = headingsOf(read('README.md')).map(({ level, title }) => ({ level, title: inChinese[title] }))
    expect(headingsOf(read('README.zh-CN.md'))).toEqual(expected)
  })
})

describe('links', () => {
  it.each(pages)('%s links only to existing pages and headings', (page) => {
    const broken = linksOf(read(page)).filter((target) => {
      const [file = '', anchor] = decodeURI(target).split('#')
      const path = file === '' ? page : normalize(join(dirname(page), file))
      if (!existsSync(join(root, path))) return true
      return anchor !== undefined && !headingsOf(read(path)).some(({ title }) => anchorOf(title) === anchor)
    })
    expect(broken).toEqual([])
  })

  it('every page is reached from the README by links', () => {
    const reached = new Set(['README.md'])
    for (const page of reached)
      for (const target of linksOf(read(page))) {
        const path = normalize(join(dirname(page), target.split('#')[0] || '.'))
        if (pages.includes(path)) reached.add(path)
      }
    expect(pages.filter((page) => !reached.has(page) && !page.startsWith('.github/'))).toEqual([])
  })
})

describe('files', () => {
  const files = filesOf(/./)
  const folders = new Set(files.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))))
  const all = [...files, ...folders]
  // A page may name a file by the end of its path, for example by its name alone.
  const isThere = (path: string): boolean => {
    const pattern = path
      .replace(/\/$/, '')
      .replace(/[.]/g, '\\.')
      .replace(/\*|<[^>]*>/g, '[^/]+')
    const end = new RegExp(`(?:^|/)${pattern}$`)
    return all.some((one) => end.test(one))
  }
  // Files that npm, a command or the reader creates, and that are therefore not in the repository.
  const made = ['dist/', '.local/', 'node_modules/', 'miniprogram/miniprogram_npm/', 'FILE.json']

  // Leave out the packages' README files, which name files of the reader's own project.
  const ours = pages.filter((page) => page !== 'CHANGELOG.md' && !page.startsWith('packages/'))
  it.each(ours)('%s names only existing files', (page) => {
    const missing = pathsOf(read(page)).filter((path) => !made.some((one) => path.startsWith(one)) && !isThere(path))
    expect(missing).toEqual([])
  })
})

describe('the walks of docs/architecture.md', () => {
  const walks = read('docs/architecture.md')
    .split(/^## /m)
    .filter((section) => section.startsWith('The walk of'))
    .map((section) => [section.split('\n')[0] ?? '', section] as const)

  // Files that no import leads to, because a user opens them as a page, the platform starts them as a function, or the
  // settings choose them as a provider.
  const isEntered = /^(?:miniprogram\/pages\/.*|cloudfunctions\/\w+|cloudfunctions\/shared\/providers\/\w+)\/index\.ts$/

  const importsOf = (path: string): string[] =>
    [...read(path).matchAll(/ from '(\.[^']*)'/g)].flatMap(([, target = '']) => {
      const there = normalize(join(dirname(path), target))
      return [`${there}.ts`, `${there}/index.ts`]
    })

  it('are those of one payment, one refund, one due charge, one bill and one event', () => {
    expect(walks.map(([title]) => title)).toEqual([
      'The walk of one payment',
      'The walk of one refund',
      'The walk of one due charge',
      'The walk of one bill',
      'The walk of one event',
    ])
  })

  it.each(walks)('%s names each file once', (_, walk) => {
    const paths = pathsOf(walk).filter((path) => path.includes('/'))
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([])
  })

  it.each(walks)('%s follows the imports of the code', (_, walk) => {
    // The sentences before the numbered list may name the function where the work starts.
    const starts = pathsOf(walk.split(/^1\. /m)[0] ?? '').filter((path) => isEntered.test(path))
    const steps = [...walk.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path = '']) => path)
    const lost = steps.filter(
      (path, index) =>
        !isEntered.test(path) &&
        ![...starts, ...steps.slice(0, index)].some((before) => importsOf(before).includes(path)),
    )
    expect(lost).toEqual([])
  })
})

describe('what comments refer to', () => {
  const documents = read('docs/provider-facts.md').split(/^## /m)[1] ?? ''
  const sections: readonly string[] = /^Sections of 聚宝: (.+)$/m.exec(documents)?.[1]?.match(/\d[\d.]*/g) ?? []
  const numbered = (page: string): Set<string> =>
    new Set(headingsOf(read(page)).map(({ title }) => title.split(/\.? /)[0] ?? ''))

  // All comments of the code, and the lines that say from which document a test vector comes.
  const comments = filesOf(
    /^(?:cloudfunctions|miniprogram|packages|tools|test|typings)\/.*\.(?:ts|cjs|json|grit)$/,
  ).map(
    (path) =>
      [
        path,
        read(path)
          .split('\n')
          .filter((line) => /(?:^|\s)\/\/|^\s*(?:\/\*)?\*|"source":/.test(line))
          .map((line) => line.replace(/^\s*(?:\/\/|\/?\*+)\s?/, ''))
          .join('\n'),
      ] as const,
  )
  /**
   * Searches all comments for the pattern. @returns each match for which `isFault` returns true, with the name of its
   * file
   */
  const faults = (pattern: RegExp, isFault: (match: RegExpMatchArray) => boolean): string[] =>
    comments.flatMap(([path, text]) => [...text.matchAll(pattern)].filter(isFault).map(([what]) => `${path}: ${what}`))

  it('a page of this repository with an existing heading', () => {
    const cited = /(docs\/[\w/.-]+\.md)((?:(?:,| and)?\s\d+(?:\.\d+)*\b)*)/g
    const found = faults(cited, ([, page = '', numbers = '']) => {
      if (!existsSync(join(root, page))) return true
      const there = numbered(page)
      return (numbers.match(/\d+(?:\.\d+)*/g) ?? []).some((number) => !there.has(number))
    })
    expect(found).toEqual([])
    expect(faults(cited, () => true).length).toBeGreaterThan(50)
  })

  it('or a section of a provider’s document that docs/provider-facts.md names', () => {
    expect(faults(/聚宝 §(\d[\d.]*\d)/g, ([, number = '']) => !sections.includes(number))).toEqual([])
    // A line with the sign § must also name 聚宝 or PNG, because otherwise the reader does not know whose section it is.
    expect(faults(/^.*§.*$/gm, ([line]) => !/聚宝|PNG/.test(line))).toEqual([])
    const named = ([, name = '']: RegExpMatchArray) => !name.startsWith('docs/') && !documents.includes(name)
    const ownPages = pages.map((page) => page.replace(/\.md$/, ''))
    expect(faults(/([\p{L}\w/-]+)\.md\b/gu, (match) => named(match) && !ownPages.includes(match[1] ?? ''))).toEqual([])
  })

  it('but nothing that a reader of the repository cannot open', () => {
    expect(faults(/(?<!docs\/)\b(?:provider-facts|field-faults|[Dd]esign §)/g, () => true)).toEqual([])
  })
})

describe('docs/design.md', () => {
  it.each([
    ['payment', paymentMoves],
    ['refund', refundMoves],
    ['contract', contractMoves],
  ] as [string, Record<string, Record<string, string>>][])('has the same table of a %s as the code', (name, moves) => {
    const rows = read('docs/design.md')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
    const start = rows.findIndex(([, title]) => title === name)
    const outcomes = rows[start]?.slice(2, -1) ?? []
    const states = Object.keys(moves)
    const table = rows
      .slice(start + 2, start + 2 + states.length)
      .map(([, state, ...cells]) => [state, ...cells.slice(0, -1)])
    expect(table).toEqual(states.map((state) => [state, ...outcomes.map((outcome) => moves[state]?.[outcome])]))
  })
})

describe('decisions', () => {
  const decisions = pages.filter((page) => /^docs\/decisions\/\d/.test(page)).sort()

  it('are numbered without a gap, and all of them are listed', () => {
    const listed = linksOf(read('docs/decisions/README.md')).map((name) => `docs/decisions/${name}`)
    expect(listed).toEqual(decisions)
    expect(decisions.map((page) => Number(page.slice('docs/decisions/'.length).slice(0, 4)))).toEqual(
      decisions.map((_, index) => index + 1),
    )
  })

  it.each(decisions)('%s has its number, a context, a decision and consequences', (page) => {
    const [title, ...parts] = headingsOf(read(page)).map((heading) => heading.title)
    expect(title).toMatch(new RegExp(`^${Number(page.slice('docs/decisions/'.length).slice(0, 4))}\\. `))
    expect(parts).toEqual(['Context', 'Decision', 'Consequences'])
  })
})

describe('manuals of providers', () => {
  const fieldsOf = (schema: object): string[] => Object.keys((schema as { def: { shape: object } }).def.shape)
  const spansOf = (text: string): string[] => [...prose(text).matchAll(/`([^`]+)`/g)].map(([, span = '']) => span)
  const sectionOf = (page: string, title: string): string =>
    read(page)
      .split(/^## /m)
      .find((section) => section.startsWith(`${title}\n`)) ?? ''

  it.each(providers.map(({ code }) => code))('%s: every setting and every channel is on its page', (code) => {
    const page = `docs/providers/${code}.md`
    const definition = findProvider(code)
    const fields = fieldsOf(definition?.settings ?? {})
    const told = spansOf(sectionOf(page, 'Settings'))
    expect(fields.filter((field) => !told.includes(field))).toEqual([])
    const channels = spansOf(sectionOf(page, 'Channels'))
    expect(definition?.channels.filter((channel) => !channels.includes(channel.code))).toEqual([])
  })

  it.each(providers.map(({ code }) => code))('%s: the page has the headings of every manual', (code) => {
    expect(headingsOf(read(`docs/providers/${code}.md`)).map(({ title }) => title)).toEqual([
      expect.stringContaining(`\`${code}\``),
      'Settings',
      'Notices',
      'Channels',
      'What it can do',
      expect.stringMatching(/^Where the documents? leaves? a gap$/),
      'Unknown',
    ])
  })

  it('docs/settings.md has every setting of the shop', () => {
    const told = spansOf(sectionOf('docs/settings.md', 'The shop')).map((span) => span.split('.')[0])
    expect(fieldsOf(shopSchema).filter((field) => !told.includes(field))).toEqual([])
  })
})

it('docs/openmidas.md has every result of the SDK', () => {
  const rows = [...read('docs/openmidas.md').matchAll(/^\| (-?\d+) \| `([^`]+)` \| (.+) \| `(\w+)` \|$/gm)]
  expect(
    rows.map(([, resultCode, innerCode, meaning, caller]) => [Number(resultCode), innerCode, meaning, caller]),
  ).toEqual(
    Object.values(results).map(({ resultCode, innerCode, meaning, caller }) => [
      resultCode,
      innerCode,
      meaning,
      caller,
    ]),
  )
})

it('docs/openmidas-web.md has every result of the SDK for browsers, as the SDK has it', () => {
  const rows = [...read('docs/openmidas-web.md').matchAll(/^\| (-?\d+) \| `(mc-[\d-]+)` \| (.+) \|$/gm)]
  const told = rows.map(([, resultCode, innerCode, meaning]) => [Number(resultCode), innerCode, meaning])
  expect(told).toHaveLength(Object.keys(webResults).length)
  expect(told).toEqual(expect.arrayContaining(Object.values(webResults).map((row) => [...row])))
})

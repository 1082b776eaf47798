// The entrance hall is true: a newcomer finds the two commands at once, both languages say the same things in the same
// order, and no link leads nowhere.
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { anchorOf, filesOf, headingsOf, linksOf, pathsOf, read, root } from '../support/markdown'

const pages = filesOf(/\.md$/)

describe('the README', () => {
  const readmes = ['README.md', 'README.zh-CN.md']
  const commands = ['npm install && npm start', 'npm install && npm test']

  it.each(readmes)('%s is at most 200 lines long', (path) => {
    expect(read(path).trimEnd().split('\n').length).toBeLessThanOrEqual(200)
  })

  it.each(readmes)('%s shows both commands on its first screen', (path) => {
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
  it.each(pages)('%s links only to what is there', (page) => {
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
  // A name alone, or the end of a path, is enough for a reader who is in that folder.
  const isThere = (path: string): boolean => {
    const pattern = path
      .replace(/\/$/, '')
      .replace(/[.]/g, '\\.')
      .replace(/\*|<[^>]*>/g, '[^/]+')
    const end = new RegExp(`(?:^|/)${pattern}$`)
    return all.some((one) => end.test(one))
  }
  // What npm or a command makes, and what the reader makes.
  const made = ['dist/', '.local/', 'node_modules/', 'miniprogram/miniprogram_npm/', 'FILE.json']

  it.each(pages.filter((page) => page !== 'CHANGELOG.md'))('%s names only files that are there', (page) => {
    const missing = pathsOf(read(page)).filter((path) => !made.some((one) => path.startsWith(one)) && !isThere(path))
    expect(missing).toEqual([])
  })

  it('a walk names each file once', () => {
    const walks = read('docs/architecture.md').split(/^## /m)
    const ofWalks = walks.filter((section) => section.startsWith('The walk of'))
    expect(ofWalks.map((section) => section.split('\n')[0])).toEqual([
      'The walk of one payment',
      'The walk of one refund',
      'The walk of one due charge',
      'The walk of one bill',
    ])
    for (const walk of ofWalks) {
      const paths = pathsOf(walk).filter((path) => path.includes('/'))
      expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([])
    }
  })
})

// Applies the rules of WeChat DevTools' code quality scan to our mini-program, and to a bad mini-program that breaks
// every rule.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { qualityProblems, readQuality } from '../../tools/checks/codeQuality'

const project = resolve(__dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'quality-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('our mini-program keeps ten of the eleven rules, and its main package is at most 500 KB as uploaded', async () => {
  const quality = await readQuality(project)
  expect(quality.rules).toHaveLength(11)
  const broken = quality.rules.filter(({ found }) => found.length > 0)
  // The folder also contains OpenMidas for browsers, which the mini-program does not use. ignoreUploadUnusedFiles keeps
  // it out of the upload.
  expect(broken.map(({ rule }) => rule)).toEqual(['CONTAINS_UNUSED_CODES'])
  expect(broken[0]?.found.filter((name) => !name.startsWith('openmidas/') && name !== 'componentWith.ts')).toEqual([])
  expect(quality.sizes['']).toBeLessThanOrEqual(500 * 1024)
  expect(qualityProblems(quality)).toEqual([])
})

const write = (name: string, text: string): void => {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

test('a mini-program that breaks every rule gets a message for each rule', async () => {
  cpSync(join(project, 'package.json'), join(folder, 'package.json'))
  write('project.config.json', '{"setting":{}}')
  const app = { pages: ['page/index'], subPackages: [{ root: 'sub', pages: ['index'] }], plugins: { tea: {} } }
  write('miniprogram/app.json', JSON.stringify(app))
  write('miniprogram/app.ts', `export const big = '${'x'.repeat(1_600_000)}'`)
  write('miniprogram/picture.png', 'x'.repeat(210 * 1024))
  write('miniprogram/page/index.json', '{"usingComponents":{"unused":"../onlySub/index"}}')
  write('miniprogram/page/index.wxml', '<view></view>')
  write('miniprogram/page/index.ts', '')
  write('miniprogram/sub/index.json', '{"usingComponents":{"lone":"/lone/index"}}')
  write('miniprogram/sub/index.wxml', '<lone />')
  write('miniprogram/sub/index.ts', "import { help } from '../help'\nhelp()")
  write('miniprogram/help.ts', 'export const help = () => 1')
  write('miniprogram/lone/index.json', '{"component":true}')
  write('miniprogram/lone/index.ts', '')
  const quality = await readQuality(folder)
  expect(quality.rules.filter(({ found }) => found.length === 0)).toEqual([])
  const found = Object.fromEntries(quality.rules.map(({ rule, found }) => [rule, found]))
  expect(found).toMatchObject({
    CONTAINS_OTHER_PKG_JS: ['help.ts'],
    CONTAINS_OTHER_PKG_COMPONENTS: ['lone/index.ts'],
    CONTAINS_UNUSED_COMPONENTS: ['page/index.json: unused'],
    CONTAINS_UNUSED_CODES: ['picture.png'],
  })
  expect(qualityProblems(quality)).toHaveLength(12)
})

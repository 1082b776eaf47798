// Tests that WeChat's own compilers accept our mini-program, and that they refuse what WeChat DevTools refuses.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { compileWithWechat, hasCompilers } from '../../tools/checks/wechatCompilers'

const source = resolve(__dirname, '../../miniprogram')
const folder = mkdtempSync(join(tmpdir(), 'compiled-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Compiles only on Linux x64, because the package's binaries for other machines are untested. On other machines `npm
// run check` prints that it has not compiled.
const compile = (of: string): string[] | undefined => (hasCompilers ? compileWithWechat(of) : undefined)

test('the mini-program is compiled without a message', () => {
  expect(compile(source) ?? []).toEqual([])
})

test.each([
  ['page.wxml', '<view wx:if="{{open">tea</view>', 'wcc: page.wxml:1'],
  ['page.wxml', '<view><text>tea</view>', 'wcc: page.wxml:1'],
  ['page.wxss', '.tea { color: green;', 'wcsc: ERR: page.wxss'],
])('%s with %s is refused, with its place', (file, text, said) => {
  writeFileSync(join(folder, file), text)
  const problems = compile(folder) ?? [said]
  rmSync(join(folder, file))
  expect(problems).toEqual([expect.stringContaining(said)])
})

// Tests that the mini-program's pages and components do not know where they run: in WeChat, in the preview or in a browser.
// What differs there belongs to the services, to OpenMidas, and to the host of the pages (docs/web.md).
import { filesOf, read } from '../support/markdown'

const signsOfPlace =
  /\b(window|document|navigator|location|globalThis|process)\s*[.[]|__SITE__|MicroMessenger|\bget(DeviceInfo|SystemInfo|SystemInfoSync|AppBaseInfo|AccountInfoSync)\b|\bplace\s*[!=]==/

const comments = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g

const files = ['miniprogram/pages', 'miniprogram/components'].flatMap((folder) => filesOf(/\.(ts|wxml|wxs)$/, folder))

it('no page and no component asks where it runs', () => {
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((file) => signsOfPlace.test(read(file).replace(comments, '')))).toEqual([])
})

it.each(['window.open()', 'if (order.place === "pc") {}', 'wx.getDeviceInfo()'])('%s would be found', (code) => {
  expect(signsOfPlace.test(code)).toBe(true)
})

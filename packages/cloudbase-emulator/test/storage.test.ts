// Tests cloud storage with the real wx-server-sdk: upload, download through a link that expires, and removal. No path
// may lead outside of the storage folder.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import sdk from 'wx-server-sdk'
import { type LocalCloud, pointSdkAt, removeFolders, startLocalCloud } from './localCloud'

interface Storage {
  init(options: { env: string }): void
  uploadFile(options: { cloudPath: string; fileContent: Buffer }): Promise<{ fileID: string }>
  downloadFile(options: { fileID: string }): Promise<{ fileContent: Buffer }>
  getTempFileURL(options: {
    fileList: (string | { fileID: string; maxAge: number })[]
  }): Promise<{ fileList: { fileID: string; status: number; tempFileURL: string }[] }>
  deleteFile(options: { fileList: string[] }): Promise<{ fileList: { status: number }[] }>
}
// The SDK's types mix the callback and the promise signature. These tests use only the promise.
const cloud = sdk as unknown as Storage

let local: LocalCloud
beforeAll(async () => {
  local = await startLocalCloud()
  pointSdkAt(local.emulator.adminUrl)
  cloud.init({ env: 'local' })
})
afterAll(async () => {
  await local.end()
  removeFolders()
})

const content = Buffer.from('\ufeff订单号,金额\r\n', 'utf8')
const put = (cloudPath: string, fileContent = content) => cloud.uploadFile({ cloudPath, fileContent })
const linkOf = async (fileID: string, maxAge = 60): Promise<string> =>
  (await cloud.getTempFileURL({ fileList: [{ fileID, maxAge }] })).fileList[0]?.tempFileURL ?? ''

test('a file is downloaded byte for byte as it was uploaded, also after a restart', async () => {
  const { fileID } = await put('exports/a/orders.csv')
  expect((await cloud.downloadFile({ fileID })).fileContent).toEqual(content)
  const big = Buffer.alloc(3_000_000, 7)
  expect((await cloud.downloadFile({ fileID: (await put('big.bin', big)).fileID })).fileContent.equals(big)).toBe(true)
  const link = await linkOf(fileID)
  expect(Buffer.from(await (await fetch(link)).arrayBuffer())).toEqual(content)
  await put('exports/a/orders.csv', Buffer.from('new'))
  expect(String((await cloud.downloadFile({ fileID })).fileContent)).toBe('new')
})

test('a link expires, and a changed link does not work', async () => {
  const { fileID } = await put('b.csv')
  const link = await linkOf(fileID, 60)
  for (const changed of [
    link.replace('b.csv', 'c.csv'),
    `${link}0`,
    link.replace(/get=\d/, 'get=9'),
    link.split('?')[0] ?? '',
  ])
    expect((await fetch(changed)).status).toBe(403)
  expect((await fetch(link, { method: 'PUT', body: 'x' })).status).toBe(403)
  await local.emulator.clock.advance(61_000)
  expect((await fetch(link)).status).toBe(403)
})

test('a removed file is gone, and a file that never existed has no link', async () => {
  const { fileID } = await put('d.csv')
  const link = await linkOf(fileID)
  await cloud.deleteFile({ fileList: [fileID] })
  expect((await fetch(link)).status).toBe(404)
  expect(await linkOf(fileID)).toBe('')
})

test.each(['../out.csv', '/etc/x', 'a/../../b', 'a//b', '.hidden', 'a/b.part', ''])(
  'no file can be stored at %j',
  async (cloudPath) => {
    await expect(put(cloudPath)).rejects.toThrow()
    const names = readdirSync(local.options.dataDir)
    expect(names.filter((name) => /out|etc|hidden/.test(name))).toEqual([])
    expect(existsSync(join(local.options.dataDir, '..', 'out.csv'))).toBe(false)
  },
)

test('names of files may have letters of any language', async () => {
  const { fileID } = await put('导出/测试 2.csv'.replace(' ', '_'))
  expect((await cloud.downloadFile({ fileID })).fileContent).toEqual(content)
  expect((await fetch(await linkOf(fileID))).status).toBe(200)
})

test('each file of a call has its own status, and a call accepts at most 50 files', async () => {
  const { fileID } = await put('e.csv')
  const { fileList } = await cloud.getTempFileURL({ fileList: [fileID, 'cloud://another.6c6f-another/e.csv', 'e.csv'] })
  expect(fileList.map(({ tempFileURL }) => tempFileURL !== '')).toEqual([true, false, false])
  expect(new Set(fileList.slice(1).map(({ status }) => status))).not.toContain(0)
  await expect(cloud.getTempFileURL({ fileList: Array.from({ length: 51 }, () => fileID) })).rejects.toThrow()
  await expect(cloud.deleteFile({ fileList: Array.from({ length: 51 }, () => fileID) })).rejects.toThrow()
  expect((await cloud.downloadFile({ fileID })).fileContent).toEqual(content)
})

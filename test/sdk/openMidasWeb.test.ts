// Tests OpenMidas for browsers without running a browser: its size, its QR codes, and its table of results.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import qrcode from 'qrcode-generator'
import { webResults } from '../../miniprogram/openmidas/platforms/web/codes'
import { qrCode } from '../../miniprogram/openmidas/platforms/web/qrCode'
import { results } from '../../miniprogram/openmidas/result'
import { buildOpenMidas } from '../../tools/openmidas/build'

const folder = mkdtempSync(join(tmpdir(), 'openmidas-'))
beforeAll(() => buildOpenMidas(folder))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('openMidas.js has at most 10 KB, and needs only the dialog beside it', () => {
  expect(statSync(join(folder, 'openMidas.js')).size).toBeLessThanOrEqual(10_000)
  const script = readFileSync(join(folder, 'openMidas.js'), 'utf8')
  const [dialog] = readdirSync(folder).filter((name) => /^openMidasDialog-[0-9a-f]{12}\.js$/.test(name))
  expect(script).toContain(`"${dialog}"`)
  expect(script).not.toMatch(/\beval\b|new Function|innerHTML|onmessage|"message"/)
})

it('a result that both builds have is the same in both', () => {
  for (const [name, [resultCode, innerCode]] of Object.entries(webResults)) {
    const same = Object.values(results).find((one) => one.innerCode === innerCode)
    if (same) expect([name, same.resultCode]).toEqual([name, resultCode])
  }
  const codes = Object.values(webResults).map(([, innerCode]) => innerCode)
  expect(new Set(codes).size).toBe(codes.length)
})

// The mask patterns of ISO/IEC 18004, table 10
const masks: ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
]

it('a QR code of any length is the one that a library draws, with the mask that the library chose', () => {
  for (let length = 1; length <= 666; length += length < 30 ? 1 : 7) {
    const text = Array.from({ length }, (_, at) => String.fromCharCode(33 + ((at * 7 + length * 13) % 90))).join('')
    const library = qrcode(0, 'M')
    library.addData(text, 'Byte')
    library.make()
    const drawn = (code: boolean[][] | undefined) => code?.map((row) => row.map(Number).join('')).join('\n')
    const size = library.getModuleCount()
    const wanted = Array.from({ length: size }, (_, row) =>
      Array.from({ length: size }, (_, column) => library.isDark(row, column)),
    )
    const codes = masks.map((flips, number) => drawn(qrCode(text, { number, flips })))
    expect(codes).toContain(drawn(wanted))
  }
  expect(qrCode('x'.repeat(667))).toBeUndefined()
})

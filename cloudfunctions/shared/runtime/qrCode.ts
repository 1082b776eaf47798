// Draws the QR code of a payment as a PNG on the server, so that the phone needs no library and no canvas for it.
import { deflateSync } from 'node:zlib'

// Loads the library with the first QR code. An import at the top would add 3 to 5 ms to every cold start (measured).
const library = (): typeof import('qrcode-generator') => require('qrcode-generator')

const marginModules = 4
const pixelsPerModule = 10

/**
 * Draws a QR code as a black and white PNG with an empty margin, and returns it as a data URL; undefined if the text is
 * too long for a QR code.
 */
export function drawCode(text: string): string | undefined {
  const code = library()(0, 'M')
  // The library takes one byte from each character. Scanners expect UTF-8, so we pass the UTF-8 bytes as characters.
  code.addData(Buffer.from(text, 'utf8').toString('latin1'), 'Byte')
  try {
    code.make()
  } catch {
    return undefined
  }
  const modules = code.getModuleCount()
  const side = (modules + 2 * marginModules) * pixelsPerModule
  const white = line(side, () => false)
  const rows = Array.from({ length: modules }, (_, row) => line(side, (column) => code.isDark(row, column)))
  const margin = Array.from({ length: marginModules }, () => white)
  const lines = [...margin, ...rows, ...margin].flatMap((row) => Array.from({ length: pixelsPerModule }, () => row))
  return `data:image/png;base64,${blackAndWhitePng(side, Buffer.concat(lines)).toString('base64')}`
}

/** One line of pixels, with the filter byte in front that PNG demands. */
function line(side: number, isDark: (column: number) => boolean): Buffer {
  const bytes = Buffer.alloc(1 + Math.ceil(side / 8))
  const last = side / pixelsPerModule - marginModules
  for (let x = 0; x < side; x++) {
    const column = Math.floor(x / pixelsPerModule)
    const isInside = column >= marginModules && column < last
    const at = 1 + (x >> 3)
    if (!isInside || !isDark(column - marginModules)) bytes[at] = (bytes[at] ?? 0) | (0x80 >> (x & 7))
  }
  return bytes
}

// Makes a PNG with one bit for each pixel, 1 for white (PNG, third edition, §11). The library's own GIF is seven times
// larger and takes several times as long (measured).
function blackAndWhitePng(side: number, lines: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 1
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([signature, ...parts])
}

function chunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(content.length + 8)
  framed.writeUInt32BE(data.length, 0)
  content.copy(framed, 4)
  framed.writeUInt32BE(crc32(content), content.length + 4)
  return framed
}

// The checksum of a PNG chunk (PNG, annex D). Functions run on Node 18, and zlib has its own crc32 only since Node 22.
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

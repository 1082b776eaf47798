// Draws a QR code (ISO/IEC 18004) with error correction level M, in versions 1 to 20, for up to 666 bytes. Uses no
// library, because the whole SDK may have 10 KB.

// Error correction codewords of a block, and the number of blocks, for each version at level M (table 9).
const correction = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]
const blockCounts = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]

const power: number[] = []
const logarithm: number[] = []
for (let at = 0, value = 1; at < 255; at++) {
  power[at] = value
  logarithm[value] = at
  value = (value << 1) ^ (value > 127 ? 0x11d : 0)
}
const times = (a: number, b: number): number =>
  a && b ? (power[((logarithm[a] ?? 0) + (logarithm[b] ?? 0)) % 255] ?? 0) : 0

/** The remainder of the Reed-Solomon division: the error correction codewords of a block. */
function remainder(block: readonly number[], length: number): number[] {
  let divisor = [1]
  for (let root = 0; root < length; root++) {
    const factor = power[root] ?? 0
    divisor = [...divisor, 0].map((one, at) => one ^ times(divisor[at - 1] ?? 0, factor))
  }
  const rest = [...block, ...Array<number>(length).fill(0)]
  for (let at = 0; at < block.length; at++) {
    const lead = rest[at] ?? 0
    divisor.forEach((one, step) => {
      rest[at + step] = (rest[at + step] ?? 0) ^ times(one, lead)
    })
  }
  return rest.slice(-length)
}

/** A BCH code word: the bits of `value`, then the bits of the remainder (ISO/IEC 18004, annexes C and D). */
function bch(value: number, generator: number, length: number): number {
  let rest = value << length
  for (let bit = 20; bit >= length; bit--) if ((rest >> bit) & 1) rest ^= generator << (bit - length)
  return (value << length) | rest
}

// The number of data modules of a symbol: all modules minus the modules of the fixed patterns (ISO/IEC 18004, table 1).
function moduleCount(version: number): number {
  const rows = version > 1 ? Math.floor(version / 7) + 2 : 0
  const alignment = rows ? 25 * rows * rows - 10 * rows - 55 : 0
  return (16 * version + 128) * version + 64 - alignment - (version > 6 ? 36 : 0)
}

function codewords(text: string): { version: number; words: number[] } | undefined {
  const bytes = new TextEncoder().encode(text)
  for (let version = 1; version <= 20; version++) {
    const total = moduleCount(version) >> 3
    const length = correction[version - 1] ?? 0
    const count = blockCounts[version - 1] ?? 1
    const room = total - length * count
    const sizeBytes = version > 9 ? 2 : 1
    // Besides the text and its length, the code needs room for one byte: 4 bits for the mode indicator before the text,
    // and 4 bits for the terminator after the text.
    if (bytes.length + sizeBytes + 1 > room) continue
    const nibbles = [4, ...(sizeBytes > 1 ? [bytes.length >> 12, (bytes.length >> 8) & 15] : [])]
    nibbles.push((bytes.length >> 4) & 15, bytes.length & 15)
    for (const byte of bytes) nibbles.push(byte >> 4, byte & 15)
    nibbles.push(0)
    const data: number[] = []
    for (let at = 0; at < nibbles.length; at += 2) data.push(((nibbles[at] ?? 0) << 4) | (nibbles[at + 1] ?? 0))
    for (let pad = 0xec; data.length < room; pad ^= 0xfd) data.push(pad)
    // ISO/IEC 18004 puts the short blocks first and interleaves the codewords of all blocks.
    const short = Math.floor(room / count)
    const blocks: number[][] = []
    for (let index = 0, from = 0; index < count; index++) {
      const to = from + short + (index < count - (room % count) ? 0 : 1)
      blocks.push(data.slice(from, to))
      from = to
    }
    const words: number[] = []
    const weave = (lists: number[][], longest: number) => {
      for (let at = 0; at < longest; at++) for (const list of lists) if (at < list.length) words.push(list[at] ?? 0)
    }
    weave(blocks, short + 1)
    weave(
      blocks.map((block) => remainder(block, length)),
      length,
    )
    return { version, words }
  }
  return undefined
}

/** The eight mask patterns of ISO/IEC 18004 (table 10); a code uses one of them. */
interface Mask {
  number: number
  flips(row: number, column: number): boolean
}

const chess: Mask = { number: 0, flips: (row, column) => (row + column) % 2 === 0 }

/** @returns the rows of a code, true for a dark module; undefined when the text is too long */
export function qrCode(text: string, mask: Mask = chess): boolean[][] | undefined {
  const coded = codewords(text)
  if (!coded) return undefined
  const { version, words } = coded
  const size = version * 4 + 17
  const rows = Array.from({ length: size }, () => Array<boolean | undefined>(size))
  const set = (row: number, column: number, isDark: boolean) => {
    const line = rows[row]
    if (line && column >= 0 && column < size) line[column] = isDark
  }
  const square = (row: number, column: number, reach: number) => {
    for (let down = -reach; down <= reach; down++)
      for (let right = -reach; right <= reach; right++) {
        const ring = Math.max(Math.abs(down), Math.abs(right))
        set(row + down, column + right, reach > 2 ? ring !== 2 && ring < 4 : ring !== 1)
      }
  }
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  alignments(version, size, (row, column) => square(row, column, 2))
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const)
    square(row, column, 4)
  // The format information: two bits for error correction level M (00), then the number of the mask.
  const format = bch(mask.number, 0x537, 10) ^ 0x5412
  for (let bit = 0; bit < 15; bit++) {
    const isDark = ((format >> bit) & 1) === 1
    set(bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit, 8, isDark)
    set(8, bit < 8 ? size - 1 - bit : bit < 9 ? 7 : 14 - bit, isDark)
  }
  set(size - 8, 8, true)
  if (version > 6)
    for (let bit = 0, bits = bch(version, 0x1f25, 12); bit < 18; bit++) {
      const isDark = ((bits >> bit) & 1) === 1
      const place = size - 11 + (bit % 3)
      set(Math.floor(bit / 3), place, isDark)
      set(place, Math.floor(bit / 3), isDark)
    }
  let bit = 0
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2)
    for (let step = 0; step < size; step++)
      for (const column of [right, right - 1]) {
        // Data bits fill pairs of columns from right to left, upwards and downwards in turn. Skip column 6, because it
        // contains the timing pattern.
        const isUp = ((right > 6 ? right : right + 1) - size + 1) % 4 === 0
        const row = isUp ? size - 1 - step : step
        if (rows[row]?.[column] !== undefined) continue
        const isDark = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
        set(row, column, isDark !== mask.flips(row, column))
        bit++
      }
  return rows as boolean[][]
}

function alignments(version: number, size: number, draw: (row: number, column: number) => void): void {
  if (version < 2) return
  const count = Math.floor(version / 7) + 2
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2
  const places = [6]
  for (let place = size - 7; places.length < count; place -= step) places.splice(1, 0, place)
  const last = count - 1
  places.forEach((row, a) => {
    places.forEach((column, b) => {
      if (!((a === 0 && (b === 0 || b === last)) || (a === last && b === 0))) draw(row, column)
    })
  })
}

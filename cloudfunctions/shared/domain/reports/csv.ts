// Writes CSV (RFC 4180) that Excel and WPS open correctly: UTF-8 with a byte order mark, no cell that could run as a
// formula, and long numbers as text.

/** The byte order mark at the start of a file, by which Excel recognises UTF-8. */
export const csvMark = '\ufeff'

/**
 * A cell of a CSV file: text, or a long number such as an orderNo. A spreadsheet would round a long number, so we mark
 * it as text.
 */
export type Cell = string | { number: string }

// Matches texts that a spreadsheet would run as a formula, also after leading blanks and quotes.
const formula = /^[\s"'\u200b\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/

function cellText(cell: Cell): string {
  // An invisible tab before a long number makes the spreadsheet treat the number as text. The number that another
  // system gave to an order can be any text, even one that a spreadsheet would run as a formula.
  if (typeof cell === 'object')
    return quoted(cell.number === '' ? '' : `${formula.test(cell.number) ? "'" : '\t'}${cell.number}`)
  return quoted(formula.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell)
}

// Replaces line breaks in a cell by blanks, so that each row is one line for every program that reads the file.
const quoted = (text: string): string => `"${text.replace(/[\r\n\u2028\u2029]+/g, ' ').replaceAll('"', '""')}"`

/** Writes one CSV line, with its line end. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`

const comma = 0x2c
const lineFeed = 0x0a

/**
 * The lines of one part of a CSV file. The first cell identifies a row, so a line whose first cell occurred before is
 * left out. Works on bytes, because strings would need several times as much memory.
 * @param seen the first cells of earlier parts; this function adds the first cells of this part
 */
export function newLines(part: Uint8Array, seen: Set<string>): { content: Uint8Array; lines: number } {
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength)
  const content = Buffer.alloc(bytes.length)
  let length = 0
  let lines = 0
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(lineFeed, start) + 1 || bytes.length
    const first = bytes.toString('latin1', start, bytes.indexOf(comma, start))
    if (!seen.has(first)) {
      seen.add(first)
      length += bytes.copy(content, length, start, end)
      lines += 1
    }
    start = end
  }
  return { content: content.subarray(0, length), lines }
}

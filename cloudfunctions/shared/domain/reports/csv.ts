// CSV that Excel and WPS open as it is meant: UTF-8 with a mark, nothing that could be taken for a formula, long numbers
// as text (RFC 4180).

/** Tells Excel that the file is UTF-8. */
export const csvMark = '\ufeff'

/** What a cell holds: words of people, or one of our numbers, which a spreadsheet would round. */
export type Cell = string | { number: string }

// A spreadsheet takes what begins like this for a formula, also behind blanks and quotes.
const formula = /^[\s"'\u200b\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/

function cellText(cell: Cell): string {
  // A tab in front keeps a number of many digits a text; nobody sees it.
  if (typeof cell === 'object') return quoted(cell.number === '' ? '' : `\t${cell.number}`)
  return quoted(formula.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell)
}

// A row is one line, whatever somebody wrote: so that lines are rows for every program that reads the file.
const quoted = (text: string): string => `"${text.replace(/[\r\n\u2028\u2029]+/g, ' ').replaceAll('"', '""')}"`

/** One line with its end. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`

const comma = 0x2c
const lineFeed = 0x0a

/**
 * The lines of a part of a file whose first cell did not come before. It works on the bytes: a string of each line, or of
 * the part, would hold several times as much.
 * @param seen the first cells so far; those of this part are added
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

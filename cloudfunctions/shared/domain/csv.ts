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

/** A file without the rows whose first cell came before, and how many rows it has beside its headers. */
export function withoutRepeats(text: string): { text: string; rows: number } {
  const seen = new Set<string>()
  const lines = text.split('\r\n').filter((line) => {
    const first = line.slice(0, line.indexOf(','))
    if (line === '' || seen.has(first)) return false
    seen.add(first)
    return true
  })
  return { text: lines.map((line) => `${line}\r\n`).join(''), rows: lines.length - 1 }
}

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
  if (typeof cell === 'object') return cell.number === '' ? '' : quoted(`\t${cell.number}`)
  return quoted(formula.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell)
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** One line with its end. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`

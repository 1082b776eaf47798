// Runs the slowest test files first, so that at the end no processor waits for a single long file.
const { relative } = require('node:path')

const long = [
  'test/web/cashier',
  'test/functions/faults/kill',
  'test/simulation/',
  'test/web/',
  'test/walks/',
  'test/preview/',
  'test/functions/',
  'test/pages/',
]

const rank = (path) => {
  const place = long.findIndex((start) => relative(process.cwd(), path).startsWith(start))
  return place < 0 ? long.length : place
}

// jest requires a class here.
module.exports = class {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a.path) - rank(b.path) || a.path.localeCompare(b.path))
  }
  cacheResults() {}
}

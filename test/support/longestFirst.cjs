// The order of test files: what is known to take long comes first, so that no processor waits at the end for one file.
const { relative } = require('node:path')

const long = ['test/functions/kill', 'test/usecases/contractLives', 'test/walks/', 'test/preview/', 'test/functions/']

const rank = (path) => {
  const place = long.findIndex((start) => relative(process.cwd(), path).startsWith(start))
  return place < 0 ? long.length : place
}

// A class, because jest demands one.
module.exports = class {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a.path) - rank(b.path) || a.path.localeCompare(b.path))
  }
  cacheResults() {}
}

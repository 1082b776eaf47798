// After npm install: removes node_modules/.bin/node. The packages that hold the functions' runtimes (nodeRuntimes.ts) have
// npm link it, and npm's scripts would then run on Node 18 instead of the Node that this machine has.
const { rmSync } = require('node:fs')
const { join } = require('node:path')

for (const name of ['node', 'node.cmd', 'node.ps1'])
  rmSync(join(__dirname, '../node_modules/.bin', name), { force: true })

// Runs after npm install and removes node_modules/.bin/node. The packages with the functions' runtimes
// (nodeRuntimes.ts) make npm create this link, and npm scripts would then run on Node 18 instead of the machine's Node.
const { rmSync } = require('node:fs')
const { join } = require('node:path')

for (const name of ['node', 'node.cmd', 'node.ps1'])
  rmSync(join(__dirname, '../node_modules/.bin', name), { force: true })

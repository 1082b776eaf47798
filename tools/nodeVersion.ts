// Imported first by every command: says in one sentence that Node is too old, before anything else is loaded.
const oldest = 20

if (Number.parseInt(process.versions.node, 10) < oldest) {
  console.error(`Mini Cashier needs Node ${oldest} or newer. This is Node ${process.versions.node}.`)
  process.exit(1)
}

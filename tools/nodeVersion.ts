// Every command imports this file first. If Node is too old, it says so in one sentence before anything else loads.
const oldest = 20

if (Number.parseInt(process.versions.node, 10) < oldest) {
  console.error(`Mini Cashier needs Node ${oldest} or newer. This is Node ${process.versions.node}.`)
  process.exit(1)
}

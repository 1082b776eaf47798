// Runs an emulator in a separate process, for tests that kill it.
import { startEmulator } from '../src'
import { pointSdkAt } from './localCloud'
import { cloud } from './sdk'

async function live(): Promise<void> {
  const [, , task, dataDir = '', functionsDir = ''] = process.argv
  const emulator = await startEmulator({ dataDir, functionsDir, environment: {}, nextDueAt: () => null })
  if (task === 'worker') {
    const { pid } = (await emulator.call('echo', { openid: 'o' }, {})) as { pid: number }
    console.log(`worker ${pid}`)
    return
  }
  pointSdkAt(emulator.adminUrl)
  cloud.init({ env: 'local' })
  const things = cloud.database().collection('things')
  // The previous process may have been killed between its two writes to one document, before either write was
  // acknowledged. Finish the second write now.
  await things.where({ version: 1 }).update({ data: { version: 2 } })
  const first = emulator.database.count('things')
  for (let n = first; ; n++) {
    await things.add({ data: { _id: `w${n}`, keys: [`k${n}`], version: 1 } })
    await things.where({ _id: `w${n}`, version: 1 }).update({ data: { version: 2 } })
    console.log(`kept ${n}`)
  }
}

// End this process after a minute if no test has killed it, because no test takes so long.
setTimeout(() => process.exit(1), 60_000).unref()
void live()

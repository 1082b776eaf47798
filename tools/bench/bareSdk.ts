// A process of its own that asks the emulator with the bare wx-server-sdk: what the line itself can carry.
import * as cloud from 'wx-server-sdk'
import { ratePerSecond } from './measure'

async function main(): Promise<void> {
  cloud.init({ env: 'local' } as never)
  const document = cloud
    .database()
    .collection('orders')
    .doc(process.argv[2] ?? '')
  const get = async () => {
    await document.get()
  }
  await ratePerSecond(500, 32, get)
  console.log(await ratePerSecond(4_000, 32, get))
}

main()

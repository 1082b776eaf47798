// A separate process that calls the emulator with wx-server-sdk and nothing else, to measure the highest rate of calls
// that the connection allows.
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

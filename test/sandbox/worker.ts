// A separate process for killed.test.ts: makes and pays orders endlessly. Its merchant never answers a notification.
import { createMerchant } from './merchant'

const merchant = createMerchant({ dataDir: process.argv[2] ?? '' })
merchant.answer = () => {
  throw new Error('the merchant is down')
}
const run = async (): Promise<void> => {
  for (let index = 1; ; index++) {
    const no = `order${index}`
    const { errMsg } = await merchant.sandbox.pay(await merchant.order({ out_trade_no: no }))
    if (errMsg === 'requestPayment:ok') console.log(no)
  }
}
void run()

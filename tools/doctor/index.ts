// The providers that the signature doctor knows, one line each.
import type { Doctor } from './doctor'
import { jubao } from './jubao'
import { midas } from './midas'
import { paymax } from './paymax'
import { unified } from './unified'
import { virtualpay } from './virtualpay'
import { wechatpay } from './wechatpay'
import { wisecashier } from './wisecashier'

export const doctors: Readonly<Record<string, Doctor>> = {
  midas,
  jubao,
  paymax,
  wisecashier,
  unified,
  wechatpay,
  virtualpay,
}

// The list of the fake servers, one line each.
import { jubao } from './jubao'
import { midas } from './midas'
import { paymax } from './paymax'
import type { Twin } from './twin'
import { unified } from './unified'
import { virtualpay } from './virtualpay'
import { wechatpay } from './wechatpay'
import { wisecashier } from './wisecashier'

export const twins: readonly Twin[] = [midas, jubao, paymax, wisecashier, unified, wechatpay, virtualpay]

// What a user does in WeChat itself: sign and end contracts, complain, log in.
import type { Memory } from '../memory'
import type { Sandbox, SandboxOptions } from '../surface'
import { type Desk, SandboxError, type Twin } from '../twin'
import { twinOf } from '../twins'
import { newLoginCode } from '../virtualpay'
import { complainAbout } from '../wechatpay'
import { allComplaints, sayAgain } from './complaints'
import { signPapay, signScenarios, terminatePapay } from './papay'

interface Parts {
  trace: SandboxOptions['trace']
  memory: Memory
  deskOf(twin: Twin): Desk
}

type WechatUser = Pick<Sandbox, 'sign' | 'complain' | 'complainAgain' | 'complaints' | 'login' | 'terminate'>

/** Makes the functions that play a user of WeChat. */
export const createWechatUser = ({ trace, memory, deskOf }: Parts): WechatUser => ({
  sign(extraData, openid, text = 'sign') {
    const scenario = signScenarios.find((one) => one === text)
    if (!scenario) throw new SandboxError(`no scenario ${JSON.stringify(text)}; there are ${signScenarios.join(', ')}`)
    const result = memory.together(() => signPapay(extraData, openid, scenario, deskOf(twinOf('wechatpay'))))
    const detail = `${String(extraData.contract_code)} ${result.page ?? ''}`.trim()
    trace({ from: 'phone', to: 'wechatpay', what: `signing page: ${scenario}`, ok: true, detail })
    return result
  },

  complain: (paymentNo, grievance) =>
    memory.together(() => {
      const id = complainAbout(paymentNo, grievance, deskOf(twinOf('wechatpay')))
      if (id === undefined) throw new SandboxError('this payment is not paid')
      return id
    }),

  complainAgain: (id, text) =>
    memory.together(() => {
      if (!sayAgain(id, text, deskOf(twinOf('wechatpay')))) throw new SandboxError('no such complaint')
    }),

  complaints: () => allComplaints(memory.ledgerOf('wechatpay')),

  login: (openid) => memory.together(() => newLoginCode(openid, deskOf(twinOf('virtualpay')))),

  terminate: (contractNo) => memory.together(() => terminatePapay(contractNo, deskOf(twinOf('wechatpay')))),
})

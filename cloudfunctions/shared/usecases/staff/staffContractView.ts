// A contract as staff may see it: no whole openid.
import type { StaffContractView } from '../../api/admin'
import type { Contract } from '../../domain/contractShape'
import { maskOpenid } from '../../domain/mask'
import { contractView } from '../contracts/contractView'

export const staffContractView = (contract: Contract, now: number): StaffContractView => ({
  ...contractView(contract, now),
  timeline: contract.history.map(({ at, what, detail }) => ({ at, what, detail })),
  shopper: maskOpenid(contract.openid),
  provider: contract.provider,
  theirNo: contract.theirNo,
  dueAt: contract.dueAt,
  tries: contract.tries,
})

// The function for the shop's people: one order, refunds, bills. Every action leaves its entry in `audit`.
import { adminApi } from '../shared/api'
import { serve, staff } from '../shared/runtime/serve'
import { audited } from '../shared/usecases/audited'
import { claimShop } from '../shared/usecases/claimShop'
import { closeAsStaff } from '../shared/usecases/closeAsStaff'
import { endContractAsStaff } from '../shared/usecases/endContractAsStaff'
import { listContractsAsStaff } from '../shared/usecases/listContractsAsStaff'
import { readAnyOrder } from '../shared/usecases/readAnyOrder'
import { readBillAsStaff } from '../shared/usecases/readBill'
import { recheckOrder } from '../shared/usecases/recheckOrder'
import { refundAsStaff } from '../shared/usecases/refundAsStaff'

export const main = serve(adminApi, staff, {
  order: audited('order', readAnyOrder),
  refund: audited('refund', refundAsStaff),
  recheck: audited('recheck', recheckOrder),
  close: audited('close', closeAsStaff),
  bills: audited('bills', readBillAsStaff),
  contracts: audited('contracts', listContractsAsStaff),
  endContract: audited('endContract', endContractAsStaff),
  claim: audited('claim', claimShop),
})

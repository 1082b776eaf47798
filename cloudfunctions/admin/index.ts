// The function for the shop's people. Every deed leaves its entry in `audit`; reading leaves none.
import { adminApi } from '../shared/api/admin'
import { serve, staff } from '../shared/runtime/serve'
import { audited, unaudited } from '../shared/usecases/staff/audited'
import { checkCode, claimShop, whoAmI } from '../shared/usecases/staff/claimShop'
import { endContractAsStaff, listContractsAsStaff } from '../shared/usecases/staff/contractsAsStaff'
import { listAudit } from '../shared/usecases/staff/listAudit'
import { readBillsAsStaff, repairAsStaff, runBillsAsStaff } from '../shared/usecases/staff/manageBills'
import { readExports, startExport } from '../shared/usecases/staff/manageExports'
import { listAllPlans, listProducts, savePlan, saveProduct } from '../shared/usecases/staff/manageGoods'
import { dismissAsStaff, listNotices, replayNotices } from '../shared/usecases/staff/manageNotices'
import { listSettings, saveSettings, testSettings } from '../shared/usecases/staff/manageSettings'
import { listStaff, manageStaff } from '../shared/usecases/staff/manageStaff'
import { closeAsStaff, listOrdersAsStaff, readAnyOrder, recheckOrder } from '../shared/usecases/staff/ordersAsStaff'
import { readStats } from '../shared/usecases/staff/readStats'
import { recordRefundAsStaff, refundAsStaff } from '../shared/usecases/staff/refundsAsStaff'

const claim = audited('claim', claimShop, checkCode)
const who = unaudited(whoAmI)
const people = unaudited(listStaff)
const manage = audited('staff', manageStaff)
const bills = unaudited(readBillsAsStaff)
const runBills = audited('bills', runBillsAsStaff)
const exports = unaudited(readExports)
const start = audited('export', startExport)

export const main = serve(adminApi, staff, {
  orders: unaudited(listOrdersAsStaff),
  order: unaudited(readAnyOrder),
  refund: audited('refund', refundAsStaff),
  recordRefund: audited('recordRefund', recordRefundAsStaff),
  recheck: audited('recheck', recheckOrder),
  close: audited('close', closeAsStaff),
  contracts: unaudited(listContractsAsStaff),
  endContract: audited('endContract', endContractAsStaff),
  plans: unaudited(listAllPlans),
  savePlan: audited('savePlan', savePlan),
  products: unaudited(listProducts),
  saveProduct: audited('saveProduct', saveProduct),
  notices: unaudited(listNotices),
  replay: audited('replay', replayNotices),
  dismiss: audited('dismiss', dismissAsStaff),
  stats: unaudited(readStats),
  bills: (ctx, input) => (input.run ? runBills(ctx, input) : bills(ctx, input)),
  repair: audited('repair', repairAsStaff),
  export: (ctx, input) => ('start' in input ? start(ctx, input) : exports(ctx, input)),
  staff: (ctx, input) => ('list' in input ? people(ctx, input) : manage(ctx, input)),
  audit: unaudited(listAudit),
  settings: unaudited(listSettings),
  saveSettings: audited('saveSettings', saveSettings),
  testSettings: audited('testSettings', testSettings),
  claim: (ctx, input) => (input.code === undefined ? who(ctx, input) : claim(ctx, input)),
})

// Connects each action of the function `admin` with its handler. The action's row in api/admin.ts says who may use the
// action, and what its input is. This file does not import wx-server-sdk, so tests can import this file outside the
// cloud.
import { staffActions } from '../shared/usecases/staff/audited'
import { checkCode, claimShop, whoAmI } from '../shared/usecases/staff/claimShop'
import {
  answerAsStaff,
  complaintPhone,
  listComplaints,
  readComplaintAsStaff,
} from '../shared/usecases/staff/complaints/manageComplaints'
import { endContractAsStaff, listContractsAsStaff } from '../shared/usecases/staff/contractsAsStaff'
import { listAudit } from '../shared/usecases/staff/listAudit'
import { readBillsAsStaff, repairAsStaff, runBillsAsStaff } from '../shared/usecases/staff/manageBills'
import { listDeliveries, resendAsStaff } from '../shared/usecases/staff/manageDeliveries'
import { changeDomainAsStaff, listDomains } from '../shared/usecases/staff/manageDomains'
import { changeEndpointAsStaff, listEndpoints, testEndpoint } from '../shared/usecases/staff/manageEndpoints'
import { readExports, startExport } from '../shared/usecases/staff/manageExports'
import { listAllPlans, listProducts, savePlan, saveProduct } from '../shared/usecases/staff/manageGoods'
import { dismissAsStaff, listNotices, replayNotices } from '../shared/usecases/staff/manageNotices'
import { manageSessions } from '../shared/usecases/staff/manageSessions'
import { listSettings, readKeyCheckAsStaff, saveSettings, testSettings } from '../shared/usecases/staff/manageSettings'
import { listStaff, manageStaff } from '../shared/usecases/staff/manageStaff'
import { hearOrders, listMessages, testMessage } from '../shared/usecases/staff/messages/manageMessages'
import { closeAsStaff, listOrdersAsStaff, readAnyOrder, recheckOrder } from '../shared/usecases/staff/ordersAsStaff'
import { readStats } from '../shared/usecases/staff/readStats'
import { recordRefundAsStaff, refundAsStaff } from '../shared/usecases/staff/refundsAsStaff'
import { shipAsStaff } from '../shared/usecases/staff/shipAsStaff'

export const adminActions = staffActions(
  {
    orders: listOrdersAsStaff,
    order: readAnyOrder,
    refund: refundAsStaff,
    recordRefund: recordRefundAsStaff,
    recheck: recheckOrder,
    close: closeAsStaff,
    ship: shipAsStaff,
    complaints: listComplaints,
    complaint: readComplaintAsStaff,
    answerComplaint: answerAsStaff,
    complaintPhone,
    contracts: listContractsAsStaff,
    endContract: endContractAsStaff,
    plans: listAllPlans,
    savePlan,
    products: listProducts,
    saveProduct,
    notices: listNotices,
    replay: replayNotices,
    dismiss: dismissAsStaff,
    stats: readStats,
    bills: (ctx, input) => (input.run ? runBillsAsStaff(ctx, input) : readBillsAsStaff(ctx, input)),
    repair: repairAsStaff,
    export: (ctx, input) => ('start' in input ? startExport(ctx, input) : readExports(ctx, input)),
    staff: (ctx, input) => ('list' in input ? listStaff(ctx) : manageStaff(ctx, input)),
    sessions: manageSessions,
    domains: listDomains,
    changeDomain: changeDomainAsStaff,
    endpoints: listEndpoints,
    changeEndpoint: changeEndpointAsStaff,
    testEndpoint,
    deliveries: listDeliveries,
    resend: resendAsStaff,
    audit: listAudit,
    settings: listSettings,
    saveSettings,
    testSettings,
    keyCheck: readKeyCheckAsStaff,
    messages: listMessages,
    hearOrders,
    testMessage,
    claim: (ctx, input) => (input.code === undefined ? whoAmI(ctx) : claimShop(ctx, input)),
  },
  // Anybody can call `claim`. So check the code of a caller who is not on the staff before the audit entry is written.
  // Otherwise strangers could fill the audit with entries.
  { claim: checkCode },
)

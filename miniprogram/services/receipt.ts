// Opens WeChat's own page on which a shopper confirms that the goods have arrived (小程序确认收货组件). The page opens
// over the mini-program.

interface Confirmed {
  extraData?: { status?: string }
}

// miniprogram-api-typings lacks wx.openBusinessView, which exists from base library 2.6.0 on.
interface BusinessView {
  openBusinessView?(options: {
    businessType: 'weappOrderConfirm'
    extraData: { transaction_id: string }
    success(result: Confirmed): void
    fail(): void
  }): void
}

const business = (): BusinessView => wx as unknown as BusinessView

/** Whether this WeChat version has the page for confirming the receipt. A browser never has this page. */
export const canConfirmReceipt = (): boolean => typeof business().openBusinessView === 'function'

/**
 * Opens WeChat's page on which the shopper confirms the receipt.
 * @param transactionId WeChat's number of the payment
 * @returns whether WeChat's page says that the shopper confirmed; the server does not believe the phone, and asks
 * WeChat itself
 */
export const confirmReceipt = (transactionId: string): Promise<boolean> =>
  new Promise((resolve) => {
    business().openBusinessView?.({
      businessType: 'weappOrderConfirm',
      extraData: { transaction_id: transactionId },
      success: ({ extraData }) => resolve(extraData?.status === 'success'),
      fail: () => resolve(false),
    })
  })

// WeChat's own page on which a shopper confirms that the goods arrived (小程序确认收货组件). It opens over the mini-program.

interface Confirmed {
  extraData?: { status?: string }
}

// Not in miniprogram-api-typings. From base library 2.6.0 on.
interface BusinessView {
  openBusinessView?(options: {
    businessType: 'weappOrderConfirm'
    extraData: { transaction_id: string }
    success(result: Confirmed): void
    fail(): void
  }): void
}

const business = (): BusinessView => wx as unknown as BusinessView

/** Whether this WeChat has the page; a browser has none. */
export const canConfirmReceipt = (): boolean => typeof business().openBusinessView === 'function'

/**
 * Opens the page.
 * @param transactionId WeChat's number of the payment
 * @returns whether the shopper says to have confirmed; the server asks WeChat for proof
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

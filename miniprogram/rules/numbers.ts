// The patterns of our own numbers and codes, and of what staff type. The phone checks them early, the functions always.

/** An orderNo: 14 digits of Beijing time and 8 characters. A contractNo has the same form. */
export const orderNoPattern = /^\d{14}[0-9a-z]{8}$/
/** A paymentNo: an orderNo and two digits. The number of a second charge adds the letter s and two digits. */
export const paymentNoPattern = /^\d{14}[0-9a-z]{8}\d\d(s\d\d)?$/
/** A refundNo: an orderNo, the letter r and two digits. */
export const refundNoPattern = /^\d{14}[0-9a-z]{8}r\d\d$/
/**
 * Any number by which staff look for an order. The order number of a connected system (`requestKey`) can be almost any
 * text of up to 128 characters, without control characters.
 */
export const searchPattern = /^(?!.*[\p{Cc}\p{Cs}])\S(.{0,126}\S)?$/u

// Blanks that a copied number may contain, also blanks of no width.
const blanks = '[\\s\\u200b-\\u200f\\u2060]+'
const allBlanks = new RegExp(blanks, 'g')
const outerBlanks = new RegExp(`^${blanks}|${blanks}$`, 'g')

/** A number as staff typed or copied it, without its blanks. */
export const withoutBlanks = (number: string): string => number.replace(allBlanks, '')
/** A number as staff typed or copied it, without the blanks at its ends. */
export const withoutOuterBlanks = (number: string): string => number.replace(outerBlanks, '')

/** The code of a product or a plan. */
export const skuPattern = /^[\w.-]{1,64}$/
export const currencyPattern = /^[A-Z]{3}$/
/** WeChat's number of a contract template. */
export const templatePattern = /^\d{1,32}$/

// WeChat's page on shipping reports (发货信息录入) allows up to 128 bytes in express_company and tracking_no.
export const carrierPattern = /^[A-Za-z0-9_]{1,32}$/
export const trackingNoPattern = /^[A-Za-z0-9-]{4,64}$/
export const phoneTailPattern = /^\d{4}$/

export const domainCodePattern = /^[A-Za-z][\w-]{0,31}$/
/** The beginning of a web address: scheme and host, optionally with port and path. */
export const beginningPattern = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?(\/[\w.~/-]*)?$/
export const domainRatePattern = /^(\*|\d{1,2}(\.\d{1,6})?)?$/
export const requestChannelPattern = /^(\*|\d{1,8}|[A-Za-z_-]{1,32})?$/

// What another system may send as `requestKey`, its own number of the order. The Unified platform's document only asks
// that the number is unique in that system (业务系统自行生成，需要保证该值在业务系统中唯一), so almost every text is one.
// docs/decisions/0035 says why the limits are these.

/**
 * The longest key, counted as JavaScript counts. The key is a part of a document's id: with the domain's code the id
 * stays under 450 bytes.
 */
export const keyLimit = 128

// Control characters, halves of characters, and marks that change the direction of the text around them: pages, files
// and addresses cannot carry these unchanged.
const unfit = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u

/** Whether a text can be a `requestKey`. */
export const isKey = (text: string): boolean =>
  text !== '' && text.length <= keyLimit && !unfit.test(text) && text.trim() === text

/** Whether a text is a key as most systems make them: a number, such as `1464659622189` or `mk-17`. */
export const isPlainKey = (text: string): boolean => /^(?=[\w.-]*\d)[\w.-]{1,128}$/.test(text)

/**
 * Whether a text reads as a key when `key` is the key of the request. The signature of the values does not say which
 * value is the key (otherReading.ts), and a title could be one, too. A word without blanks is rather the key than a
 * sentence is, so of two such readings we accept one: the one whose key is a word and whose title is none.
 * @param isTaken whether a word has another meaning for this domain, for example as a currency
 */
export function readsAsKey(text: string, key: string, isTaken: (word: string) => boolean): boolean {
  const isWord = (one: string) => /^[!-~]+$/.test(one) && !/^https?:/i.test(one) && !isTaken(one)
  return isKey(text) && (isWord(text) || !isWord(key))
}

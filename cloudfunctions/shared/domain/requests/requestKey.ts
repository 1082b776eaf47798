// The form of a `requestKey`, the number that a connected system gives to an order. The Unified platform's document
// only asks that the number is unique in that system (业务系统自行生成，需要保证该值在业务系统中唯一), so we accept almost every text.
// docs/decisions/0035 gives the reasons for the limits.

/**
 * The greatest length of a requestKey, in UTF-16 code units. The key is part of a document's `_id`, which also contains
 * the system's code and must stay under 450 bytes.
 */
export const keyLimit = 128

// Matches characters that pages, files and addresses would change: control characters, unpaired surrogates, and marks
// that change the direction of the text. Also matches characters that nobody sees, because staff would see two equal
// keys. The joiner U+200D is allowed before an emoji only, because some emoji contain it.
const unfit =
  /[\p{Cc}\p{Cs}\u200b\u200c\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]|\u200d(?!\p{Extended_Pictographic})/u

/** Whether a text can be a `requestKey`. */
export const isKey = (text: string): boolean =>
  text !== '' && text.length <= keyLimit && !unfit.test(text) && text.trim() === text

/**
 * Whether a text is a key of the usual form: letters, digits, `_`, `.` and `-`, with at least one digit, such as
 * `mk-17`.
 */
export const isPlainKey = (text: string): boolean => /^(?=[\w.-]*\d)[\w.-]{1,128}$/.test(text)

/**
 * Whether a text of a request could also be the requestKey, instead of `key`. The signature `sign` does not say which
 * value is the key (otherReading.ts). So somebody could use a title as the key. We accept a request only if its own key
 * is clearly the more likely one: a word without blanks is a more likely key than a sentence.
 * @param isTaken whether a word has another meaning for this connected system, for example as a currency
 */
export function readsAsKey(text: string, key: string, isTaken: (word: string) => boolean): boolean {
  const isWord = (one: string) => /^[!-~]+$/.test(one) && !/^https?:/i.test(one) && !isTaken(one)
  return isKey(text) && (isWord(text) || !isWord(key))
}

// The interface for complaints. A provider implements it if shoppers can complain to the provider.
import type { AnswerKind, AnswerOutcome, ComplaintEntry, ToldComplaint } from '../domain/complaints/complaint'

/** One page of a provider's list of complaints. */
export interface ComplaintPage {
  complaints: { id: string; told: ToldComplaint }[]
  /** how many rows the page has, including the rows that we cannot read */
  rows: number
  /** how many complaints the whole list has, over all pages */
  total: number
}

/** An answer to a complaint, as we send it to the provider. */
export interface ComplaintAnswerInput {
  id: string
  /** the merchant's number at the provider, from the complaint */
  merchant: string
  what: AnswerKind
  text: string
  days: number | null
}

/** The functions for complaints, if a provider has complaints. Notices about complaints are read by `parseNotice`. */
export interface Complaints {
  /** how many days one list of complaints can cover at most */
  daysAtOnce: number
  /**
   * Lists complaints of some days, one page at a time.
   * @param days the first and the last day, both included, "yyyy-MM-dd" in Beijing
   * @param offset how many complaints to skip
   * @param now epoch ms
   * @returns the page; rows that we cannot read are only counted
   * @throws ProviderUnavailable, ProviderRefused, HttpFailure
   */
  list(days: { from: string; to: string }, offset: number, now: number): Promise<ComplaintPage>
  /**
   * Reads one complaint from the provider.
   * @param id the provider's number of the complaint
   * @param now epoch ms
   * @returns what the provider tells about the complaint
   * @throws ProviderUnavailable, ProviderRefused, HttpFailure
   */
  read(id: string, now: number): Promise<ToldComplaint>
  /**
   * Reads the history of a complaint: what the shopper, the shop and the provider said and did.
   * @param id the provider's number of the complaint
   * @param now epoch ms
   * @returns the entries, newest first
   * @throws ProviderUnavailable, ProviderRefused, HttpFailure
   */
  history(id: string, now: number): Promise<ComplaintEntry[]>
  /**
   * Sends an answer to a complaint. The caller must hold the claim. Never throws.
   * @param input the answer, and the complaint that it belongs to
   * @param now epoch ms
   * @returns `refused` only if the reply certainly means a refusal
   */
  answer(input: ComplaintAnswerInput, now: number): Promise<{ outcome: AnswerOutcome; reason?: string }>
  /**
   * Decrypts a phone number.
   * @param sealed the encrypted number, as the provider sent it
   * @returns the phone number
   * @throws BadSignature if the number was encrypted for another key
   */
  openPhone(sealed: string): string
}

// The interface of a provider to which shoppers can complain.
import type { AnswerKind, AnswerOutcome, ComplaintEntry, ToldComplaint } from '../domain/complaints/complaint'

/** One page of a list of complaints. */
export interface ComplaintPage {
  complaints: { id: string; told: ToldComplaint }[]
  /** the rows of this page, also those that cannot be read */
  rows: number
  /** of all pages */
  total: number
}

/** What is sent to the provider. */
export interface ComplaintAnswerInput {
  id: string
  /** the merchant's number that the complaint names */
  merchant: string
  what: AnswerKind
  text: string
  days: number | null
}

/** The functions for complaints, if a provider has them. Notices about complaints are read by `parseNotice`. */
export interface Complaints {
  /** how many days one list can cover */
  daysAtOnce: number
  /**
   * Reads one page of the complaints of some days.
   * @param days the first and the last of them, both included, "yyyy-MM-dd" in Beijing
   * @param offset how many complaints to leave out
   * @param now epoch ms
   * @returns the page; rows that cannot be read are counted, not shown
   * @throws ProviderUnavailable, ProviderRefused, HttpFailure
   */
  list(days: { from: string; to: string }, offset: number, now: number): Promise<ComplaintPage>
  /**
   * Reads one complaint.
   * @param id the provider's number
   * @param now epoch ms
   * @returns what the provider says of it
   * @throws as `list`
   */
  read(id: string, now: number): Promise<ToldComplaint>
  /**
   * Reads what has been said and done.
   * @param id the provider's number
   * @param now epoch ms
   * @returns the entries, the newest first
   * @throws as `list`
   */
  history(id: string, now: number): Promise<ComplaintEntry[]>
  /**
   * Sends an answer. The caller holds a claim. Never throws.
   * @param input what is said, and about which complaint
   * @param now epoch ms
   * @returns `refused` only for a reply that certainly refuses
   */
  answer(input: ComplaintAnswerInput, now: number): Promise<{ outcome: AnswerOutcome; reason?: string }>
  /**
   * Opens a sealed phone number.
   * @param sealed as the provider sent it
   * @returns the number
   * @throws BadSignature if it was sealed for another key
   */
  openPhone(sealed: string): string
}

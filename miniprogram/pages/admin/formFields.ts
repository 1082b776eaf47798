// The fields of a form as data: what each is called, what stands in it at first, and its rule.
export type Texts<Name extends string> = Record<Name, string>

interface Option {
  value: string
  label: string
}

export interface Field<Name extends string> {
  name: Name
  label: string
  /** [text] */
  kind?: 'text' | 'digit' | 'number' | 'choice'
  /** what a new form has [''] */
  initial?: string
  longest?: number
  /** stands below the field, unless something is wrong with it */
  hint?: string
  /** stands in the field while it is empty */
  sample?: string
  options?: readonly Option[] | ((stored: Texts<Name>) => readonly Option[])
  /** it cannot change once it is stored */
  isFixed?: boolean
  isShown?(form: Texts<Name>): boolean
  /** What is wrong with it, if anything. @param text without space around it */
  rule?(text: string, form: Texts<Name>): string | false
}

/** A field as the component shows it. */
export type Row = Omit<Field<string>, 'rule' | 'isShown'> & { text: string; problem: string; isOff: boolean }

export type AnyField = Field<string>

/** What is wrong with the fields that show, by name. */
export const problemsOf = (rows: readonly AnyField[], form: Texts<string>): Texts<string> => {
  const wrong = rows.flatMap(({ name, rule, isShown }) => {
    const said = isShown?.(form) !== false && rule?.((form[name] ?? '').trim(), form)
    return said ? [[name, said] as const] : []
  })
  return Object.fromEntries(wrong)
}

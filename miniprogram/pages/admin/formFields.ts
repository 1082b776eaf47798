// The fields of a form as data: label, initial value and validation rule.
export type Texts<Name extends string> = Record<Name, string>

interface Option {
  value: string
  label: string
}

/** Makes the options of a choice from the label of each value. */
export const optionsOf = (words: object): Option[] =>
  Object.entries(words).map(([value, label]) => ({ value, label: String(label) }))

export interface Field<Name extends string> {
  name: Name
  label: string
  /** Kind of input; the default is text. */
  kind?: 'text' | 'digit' | 'number' | 'choice'
  /** Initial value in a new form; the default is an empty text. */
  initial?: string
  longest?: number
  /** Text below the field. An error message replaces it while the value is invalid. */
  hint?: string
  /** Example that the empty field shows. */
  sample?: string
  options?: readonly Option[] | ((stored: Texts<Name>) => readonly Option[])
  /** true: staff cannot change the value after the first save. */
  isFixed?: boolean
  isShown?(form: Texts<Name>): boolean
  /**
   * Checks the field's value. @param text the value without surrounding spaces
   * @returns an error message; false or '' if the value is valid
   */
  rule?(text: string, form: Texts<Name>): string | false
}

/** A field as the component form-fields shows it. */
export type Row = Omit<Field<string>, 'rule' | 'isShown'> & { text: string; problem: string; isOff: boolean }

export type AnyField = Field<string>

/** Error messages of the visible fields, by field name. */
export const problemsOf = (rows: readonly AnyField[], form: Texts<string>): Texts<string> => {
  const wrong = rows.flatMap(({ name, rule, isShown }) => {
    const said = isShown?.(form) !== false && rule?.((form[name] ?? '').trim(), form)
    return said ? [[name, said] as const] : []
  })
  return Object.fromEntries(wrong)
}

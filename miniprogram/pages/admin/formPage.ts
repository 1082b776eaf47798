// Creates a back-office form from a declaration: its fields are rows of data, each with a rule. Handles loading, errors
// beside their fields, saving once, and messages after a failed save.
import { codeOf, type Detail, Failure, type FailureCode } from '../../services/cloud'
import { type BackOfficePage, backOfficePage, type Declared, once, placeOf, type Query } from './backOffice'
import { type AnyField, type Field, problemsOf, type Row, type Texts } from './formFields'
import { adminMessages } from './messages'
import { whoAmI } from './service'

interface FormData {
  rows: Row[]
  isNew: boolean
  mayChange: boolean
  /** An error that belongs to the form as a whole and not to one field. */
  problem: string
  /** true: another person has changed the stored document since this page loaded it. */
  isStale: boolean
}

interface Kept<Stored, Name extends string> {
  query: Query
  stored: Stored | undefined
  form: Texts<Name>
  /** Shows the stored document and discards typed values. */
  put(stored: Stored): void
  showRows(problems: Partial<Texts<Name>>): void
  /** Runs a save, unless a save is running. Shows an error below the form. */
  saveOnce(work: () => Promise<void>): Promise<void>
}

type FormOf<Stored, Name extends string, Data, Fields, Methods> = BackOfficePage<
  Data & FormData,
  Fields & Kept<Stored, Name>,
  Methods
>

interface FormPage<Stored, Name extends string, Data, Fields, Methods> extends Declared<Data, Fields, Methods> {
  rows: readonly Field<Name>[]
  /** Reads the document named in the page's URL; undefined when it does not exist. */
  read(query: Query): Promise<Stored | undefined>
  /** Whether the page's URL asks for a new document. */
  isNew(query: Query): boolean
  formOf(stored: Stored): Texts<Name>
  /** Stores the form when all fields are valid. Asks for confirmation first, where needed. */
  save(form: Texts<Name>): Promise<void>
  words(code: FailureCode, isStored: boolean, details: readonly Detail[]): string | undefined
}

type AnyForm = FormOf<object, string, object, object, object>
export function formPage<Stored extends object, Name extends string, Data extends object, Methods extends object>(
  page: FormPage<Stored, Name, Data, object, Methods> & ThisType<FormOf<Stored, Name, Data, object, Methods>>,
): void {
  const rows = page.rows as unknown as readonly AnyField[]
  const empty = Object.fromEntries(rows.map(({ name, initial = '' }) => [name, initial]))
  backOfficePage<Data, object, Methods>(page, {
    data: { rows: [], isNew: true, mayChange: false, problem: '', isStale: false },
    fields: () => ({ query: {}, stored: undefined, form: empty }),
    methods: {
      onLoad(this: AnyForm, query: Query): void {
        this.query = query
        wx.setNavigationBarTitle({ title: typeof page.title === 'string' ? page.title : page.title(query) })
        this.load()
      },
      // Do not reload when the page shows again, because that would overwrite typed values.
      onShow(): void {},
      async load(this: AnyForm): Promise<void> {
        try {
          const [stored, { role }] = await Promise.all([page.read.call(this, this.query), whoAmI()])
          const isNew = page.isNew(this.query)
          if (!stored && !isNew) throw new Failure('NotFound')
          if (isNew && role !== 'owner') throw new Failure('Forbidden')
          this.setData({ state: 'ready', mayChange: role === 'owner', isStale: false, problem: '' })
          if (stored) this.put(stored)
          else this.showRows({})
        } catch (error) {
          const code = codeOf(error)
          this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
        }
      },
      put(this: AnyForm, stored: Stored): void {
        this.stored = stored
        this.form = page.formOf(stored)
        this.setData({ isNew: false })
        this.showRows({})
      },
      showRows(this: AnyForm, problems: Partial<Texts<string>>): void {
        const { mayChange, isNew } = this.data
        const stored = this.stored ? page.formOf(this.stored as Stored) : this.form
        const shown = rows.filter(({ isShown }) => isShown?.(this.form) !== false)
        this.setData({
          rows: shown.map(({ rule: _, isShown: __, options, ...row }) => ({
            kind: 'text' as const,
            ...row,
            ...(options && { options: typeof options === 'function' ? options(stored) : options }),
            text: this.form[row.name] ?? '',
            problem: problems[row.name] ?? '',
            isOff: !mayChange || (row.isFixed === true && !isNew),
          })),
        })
      },
      onField(this: AnyForm, { detail }: { detail: { name: string; value: string; index: number } }): void {
        const { name, value, index } = detail
        this.form = { ...this.form, [name]: value }
        // A choice may show or hide other fields, so draw all rows again. When staff type a text, only that field
        // changes.
        if (rows.some((row) => row.name === name && row.kind === 'choice')) this.showRows({})
        else this.setData({ [`rows[${index}].text`]: value, [`rows[${index}].problem`]: '' })
        this.setData({ problem: '' })
      },
      async saveOnce(this: AnyForm, work: () => Promise<void>): Promise<void> {
        if (this.data.busy !== '' || !this.data.mayChange) return
        this.setData({ problem: '' })
        await once(this, 'save', work, (code, details) => {
          const isStored = this.stored !== undefined
          const problem = page.words(code, isStored, details) ?? adminMessages.errors[code]
          this.setData({ problem, isStale: code === 'Conflict' && isStored })
        })
      },
      async onSave(this: AnyForm): Promise<void> {
        if (this.data.busy !== '' || !this.data.mayChange) return
        const problems = problemsOf(rows, this.form)
        this.showRows(problems)
        if (Object.keys(problems).length > 0) this.setData({ problem: '' })
        else await this.saveOnce(() => page.save.call(this, this.form as Texts<Name>))
      },
    },
  })
}

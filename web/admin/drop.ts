// Lets staff drop a text file on a field to fill it, because providers deliver keys and certificates as files.
import { showToast } from '../../packages/miniprogram-web/src/browser/phone/dialogs'
import { t } from './messages'

const mostBytes = 16 * 1024

type Field = HTMLInputElement | HTMLTextAreaElement

const fieldAt = ({ target }: Event): Field | null =>
  target instanceof Element
    ? target.closest<Field>('input:not([disabled]):not([readonly]), textarea:not([disabled])')
    : null

const hasFile = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true

export function installDrop(): void {
  document.addEventListener('dragover', (event) => {
    if (!hasFile(event)) return
    event.preventDefault()
    if (event.dataTransfer) event.dataTransfer.dropEffect = fieldAt(event) ? 'copy' : 'none'
  })
  document.addEventListener('drop', (event) => {
    if (!hasFile(event)) return
    // Prevent the browser's default also when the file is dropped beside a field. Otherwise the browser would leave the
    // page and show the file.
    event.preventDefault()
    const [field, file] = [fieldAt(event), event.dataTransfer?.files[0]]
    if (field && file) void fill(field, file)
  })
}

async function fill(field: Field, file: File): Promise<void> {
  const text = file.size <= mostBytes ? (await file.text()).trim() : ''
  const fits = field.maxLength < 0 || text.length <= field.maxLength
  if (text === '' || text.includes('\0') || !fits) {
    showToast({ title: t.wrongFile, icon: 'none', duration: 3_000 })
    return
  }
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
  field.focus()
}

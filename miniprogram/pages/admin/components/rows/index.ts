// A plain list inside a card. Each row opens a page.
import { go } from '../../ways'

export interface ListRow {
  url: string
  title: string
  /** Text below the title. */
  note?: string
  /** Whether the note describes an error. */
  isBad?: boolean
  /** Text at the right edge. */
  value?: string
  tags?: { text: string; tone: 'good' | 'warn' | 'bad' | '' }[]
  /** The whole row as one sentence, for screen readers. */
  label: string
}

Component({
  properties: { rows: { type: Array, value: [] as ListRow[] } },
  methods: {
    onGo({ currentTarget }: WechatMiniprogram.TouchEvent<object, object, { url: string }>): void {
      go(currentTarget.dataset.url)
    },
  },
})

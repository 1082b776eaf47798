// The rows of a plain list in a card, each of which leads to a page.
import { go } from '../../ways'

export interface ListRow {
  url: string
  title: string
  /** below the title */
  note?: string
  /** the note says what is wrong */
  isBad?: boolean
  /** at the right */
  value?: string
  tags?: { text: string; tone: 'good' | 'warn' | 'bad' | '' }[]
  /** all of it, read aloud */
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

// The fields of a form, drawn from rows of data: choices first, then text fields, each with its hint or its error.
interface Row {
  name: string
  kind: string
}

type FieldEvent = { currentTarget: { dataset: { name: string } }; detail: { value: string } }

Component({
  properties: {
    rows: { type: Array, value: [] as Row[] },
  },
  methods: {
    onField({ currentTarget, detail }: FieldEvent): void {
      const { name } = currentTarget.dataset
      const index = (this.data.rows as Row[]).findIndex((row) => row.name === name)
      this.triggerEvent('field', { name, index, value: detail.value })
    },
  },
})

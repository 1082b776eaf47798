// A plain row that opens another page when tapped.
Component({
  properties: {
    title: String,
    note: String,
  },
  methods: {
    onOpen(): void {
      this.triggerEvent('open')
    },
  },
})

// A quiet row that leads to another page.
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

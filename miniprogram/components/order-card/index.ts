// One order in a list: when, what, how much, and where it stands.
Component({
  properties: {
    /** OrderCard */
    card: Object,
  },
  methods: {
    onOpen(): void {
      this.triggerEvent('open', { orderNo: this.data.card.orderNo })
    },
  },
})

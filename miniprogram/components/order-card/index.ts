// One order in a list: its time, its items, its amount and its state.
Component({
  properties: {
    /** An OrderCard, made by orderTexts.ts. */
    card: Object,
  },
  methods: {
    onOpen(): void {
      this.triggerEvent('open', { orderNo: this.data.card.orderNo })
    },
  },
})

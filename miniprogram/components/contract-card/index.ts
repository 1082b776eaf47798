// One contract in a list: its plan, its price, its state and its next event.
Component({
  properties: {
    /** A ContractCard, made by contractTexts.ts. */
    card: Object,
  },
  methods: {
    onOpen(): void {
      this.triggerEvent('open', { contractNo: this.data.card.contractNo })
    },
  },
})

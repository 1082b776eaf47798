// One contract in a list: which plan, what it costs, where it stands and what comes next.
Component({
  properties: {
    /** ContractCard */
    card: Object,
  },
  methods: {
    onOpen(): void {
      this.triggerEvent('open', { contractNo: this.data.card.contractNo })
    },
  },
})

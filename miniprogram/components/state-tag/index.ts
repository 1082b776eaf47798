// A short word for where an order, a charge or a contract stands, in the colour of what it asks of the shopper.
Component({
  properties: {
    text: String,
    /** wait, good, bad or quiet */
    tone: { type: String, value: 'quiet' },
  },
})

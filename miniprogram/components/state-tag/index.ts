// A short word for where an order stands, in the colour of what it asks of the shopper.
Component({
  properties: {
    text: String,
    /** wait, good or quiet */
    tone: { type: String, value: 'quiet' },
  },
})

// A coloured tag with the state of an order, a charge or a contract. The colour says whether the shopper should act.
Component({
  properties: {
    text: String,
    /** Colour of the tag: wait, good, bad or quiet. */
    tone: { type: String, value: 'quiet' },
  },
})

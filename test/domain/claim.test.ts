import { takeClaim } from '../../cloudfunctions/shared/domain/claim'

const minute = 60_000
// A request that was sent under a claim cannot arrive later than this, because a function runs for at most a minute and
// its request may travel for some seconds more.
const mayBeSendingMs = minute + 10_000

describe('a call that moves money, between instances whose clocks differ', () => {
  it.each([
    ['five minutes behind, the other two ahead', -5 * minute, 2 * minute],
    ['two minutes behind, the other two ahead', -2 * minute, 2 * minute],
    ['right, as the other', 0, 0],
    ['ahead, the other behind', 2 * minute, -5 * minute],
  ])('is not sent by a second instance while the first may be sending; its clock is %s', (_, mine, theirs) => {
    const at = Date.parse('2026-03-01T04:00:00Z')
    const claim = takeClaim(null, { id: 'first', asks: false, moves: true }, at + mine)
    for (let afterMs = 0; afterMs <= mayBeSendingMs; afterMs += 1_000)
      expect(takeClaim(claim, { id: 'second', asks: false, moves: true }, at + afterMs + theirs)).toBeUndefined()
  })

  it('is sent by another instance within a quarter of an hour when the first one died', () => {
    const at = Date.parse('2026-03-01T04:00:00Z')
    const claim = takeClaim(null, { id: 'first', asks: false, moves: true }, at)
    expect(takeClaim(claim, { id: 'second', asks: false, moves: true }, at + 15 * minute)).toMatchObject({
      id: 'second',
    })
  })
})

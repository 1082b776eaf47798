// Tests the shop's pay bar on a phone: it touches the tab bar, so that no product's text shows between them, and an
// apostrophe is as narrow as in a Latin font.
import { openStage, type Stage, walk } from '../support/browser/walk'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

it.each([360, 375, 390, 393, 414, 430])(
  'no product shows between the pay bar and the tab bar at %i px',
  async (width) => {
    const shopper = await walk(stage, { width, hand: 'touch' })
    const bar = shopper.page.locator('.bar').filter({ visible: true })
    await bar.waitFor()
    const tabs = await shopper.page.locator('nav.host-tabs').filter({ visible: true }).boundingBox()
    const place = await bar.boundingBox()
    if (!tabs || !place) throw new Error('a bar is missing')
    expect(place.y + place.height).toBeGreaterThanOrEqual(tabs.y)
    await expect(bar.evaluate((node) => getComputedStyle(node).backgroundColor)).resolves.toMatch(/^rgb\(/)
    await shopper.end()
  },
)

it('a typographic apostrophe is no wider than a Latin letter', async () => {
  const shopper = await walk(stage, { lang: 'en' })
  const width = await shopper.page
    .locator('.lead')
    .first()
    .evaluate((node) => {
      const mark = document.createElement('span')
      mark.textContent = '’’’’’’’’’’'
      node.append(mark)
      return mark.getBoundingClientRect().width / 10 / Number.parseFloat(getComputedStyle(mark).fontSize)
    })
  expect(width).toBeGreaterThan(0.1)
  expect(width).toBeLessThan(0.5)
  await shopper.end()
})

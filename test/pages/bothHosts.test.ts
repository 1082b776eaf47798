// Tests that page tests run on the host that their jest project names, so that "passes on both hosts" is true.
import { createPhone } from '../support/openPage'

declare const pageHost: 'simulate' | 'web'

test('the page runs on the host of this project', async () => {
  jest.useFakeTimers()
  const shop = await createPhone().open('pages/shop/index')
  expect(shop.dom.closest('.host-pages') ? 'web' : 'simulate').toBe(pageHost)
})

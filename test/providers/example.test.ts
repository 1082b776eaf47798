// Tests that the provider of docs/custom-provider.md passes the conformance suite, and that the page shows its exact
// code.
import { read } from '../support/markdown'
import { describeProvider } from './contract'
import { exampleFixture } from './example/fixture'

describeProvider(exampleFixture)

describe('docs/custom-provider.md', () => {
  // The source as the page shows it: with the import paths of a real provider
  // (cloudfunctions/shared/providers/example/).
  const asInItsPlace = (source: string): string =>
    source
      .replaceAll("'../../../cloudfunctions/shared/providers/", "'../")
      .replaceAll("'../../../cloudfunctions/shared/", "'../../")
  const blocks = [...read('docs/custom-provider.md').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code)

  it.each(['sign.ts', 'wire.ts', 'index.ts'].map((file, index) => [file, index] as const))(
    'shows %s exactly as it is tested here',
    (file, index) => {
      // If this comparison fails, copy the changed file into the page.
      expect(blocks[index]).toBe(asInItsPlace(read(`test/providers/example/${file}`)))
    },
  )

  it('shows no code besides the tested files', () => {
    expect(blocks).toHaveLength(3)
  })
})

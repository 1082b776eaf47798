// The provider of docs/custom-provider.md goes through the conformance suite, and the page shows it word for word.
import { read } from '../support/markdown'
import { describeProvider } from './contract'
import { exampleFixture } from './example/fixture'

describeProvider(exampleFixture)

describe('docs/custom-provider.md', () => {
  // In the page the files stand where a provider's files stand: cloudfunctions/shared/providers/example/.
  const asInItsPlace = (source: string): string =>
    source
      .replaceAll("'../../../cloudfunctions/shared/providers/", "'../")
      .replaceAll("'../../../cloudfunctions/shared/", "'../../")
  const blocks = [...read('docs/custom-provider.md').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code)

  it.each(['sign.ts', 'wire.ts', 'index.ts'].map((file, index) => [file, index] as const))(
    'shows %s as it is tested here',
    (file, index) => {
      // After a change of the file, copy it into the page.
      expect(blocks[index]).toBe(asInItsPlace(read(`test/providers/example/${file}`)))
    },
  )

  it('shows no code that is not tested', () => {
    expect(blocks).toHaveLength(3)
  })
})

// docs/integrate.md is true: its table of codes is the code's own, its snippets sign as we verify, and its commands pay.
import { spawnSync } from 'node:child_process'
import { payErrors } from '../../cloudfunctions/shared/domain/requests/payErrors'
import { signNames, signValues } from '../../cloudfunctions/shared/usecases/platform/domainSignature'
import vectors from '../providers/vectors/unified.json'
import { read } from '../support/markdown'

const page = read('docs/integrate.md')
const snippet = (language: string): string => {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]
  if (found === undefined) throw new Error(`no snippet in ${language}`)
  return found
}

it('lists every error code, and no other', () => {
  const listed = [...page.matchAll(/^\| `(\d+)` \| (.+) \|$/gm)].map(([, code, words]) => [code, words])
  const known = Object.values(payErrors).map(({ errcode, en }) => [
    errcode,
    en.replace('{field}', '*field*').replace('{other}', '*other*'),
  ])
  expect(listed).toEqual([['0', 'success'], ...known.sort(([one = ''], [other = '']) => (one < other ? -1 : 1))])
})

it('gives the right known answers', () => {
  const fields = { domainCode: 'test', requestKey: '1464844451098' }
  expect(page).toContain(`\`${signValues(fields, 'test')}\``)
  expect(page).toContain(`\`${signNames(fields, 'test')}\``)
})

it('signs in its commands what it sends', () => {
  const texts = [...page.matchAll(/printf %s '([^']+)'/g)].map(([, text]) => text)
  const purchase = /-d '(\{[\s\S]*?)"sign"/.exec(page)?.[1]?.replace(/,\s*$/, '}') ?? ''
  const { payTypeCode: _, ...fields } = JSON.parse(purchase) as Record<string, string>
  const sorted = (of: Record<string, string>) => [...Object.values(of), 'test'].sort().join('')
  expect(texts).toEqual([sorted(fields), sorted({ domainCode: 'test', requestKey: 'mk-17' })])
})

// A value beyond the first plane sorts by its UTF-16 code units: before ， and after 中.
const samples = [
  ...vectors.cases.map(({ params }) => params as Record<string, string>),
  { domainCode: 'test', info: '𠮷野家，', infoEn: '，', requestKey: '中1', sign: 'x', openid: 'o1', rate: '' },
]

it.each([
  [
    'js',
    'node',
    ['-e'],
    'for (const one of JSON.parse(process.argv[1])) console.log(JSON.stringify(signatures(one, "test")))',
  ],
  [
    'python',
    'python3',
    ['-c'],
    'import json, sys\nfor one in json.loads(sys.argv[1]): print(json.dumps(signatures(one, "test")))',
  ],
] as const)('the snippet in %s signs as we verify', (language, command, args, call) => {
  const run = spawnSync(command, [...args, `${snippet(language)}\n${call}`, JSON.stringify(samples)], {
    encoding: 'utf8',
  })
  expect(run.stderr).toBe('')
  const made = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(made).toEqual(samples.map((one) => ({ sign: signValues(one, 'test'), sign2: signNames(one, 'test') })))
})

// Tests that docs/integrate.md is true: its table lists our error codes, its snippets make signatures that we accept,
// and its commands make a payment.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { payErrors } from '../../cloudfunctions/shared/domain/requests/payErrors'
import { signNames, signValues } from '../../cloudfunctions/shared/usecases/platform/domainSignature'
import { isHere } from '../../tools/checks/otherRuntimes'
import vectors from '../providers/vectors/unified.json'
import { read, snippet } from '../support/markdown'
import { startCloud, type TestCloud } from '../support/startCloud'

const page = read('docs/integrate.md')
it('lists every error code, and no other', () => {
  const listed = [...page.matchAll(/^\| `(\d+)` \| (.+) \|$/gm)].map(([, code, words]) => [code, words])
  const known = Object.values(payErrors).map(({ errcode, en }) => [
    errcode,
    en.replace('{field}', '*field*').replace('{other}', '*other*'),
  ])
  expect(listed).toEqual([['0', 'success'], ...known.sort(([one = ''], [other = '']) => (one < other ? -1 : 1))])
})

it('prints the right signatures of its examples', () => {
  const fields = { domainCode: 'test', requestKey: '1464844451098' }
  expect(page).toContain(`\`${signValues(fields, 'test')}\``)
  expect(page).toContain(`\`${signNames(fields, 'test')}\``)
})

it('signs exactly the fields that its commands send', () => {
  const texts = [...page.matchAll(/printf %s '([^']+)'/g)].map(([, text]) => text)
  const purchase = /-d '(\{[\s\S]*?)"sign"/.exec(page)?.[1]?.replace(/,\s*$/, '}') ?? ''
  const { payTypeCode: _, ...fields } = JSON.parse(purchase) as Record<string, string>
  const sorted = (of: Record<string, string>) => [...Object.values(of), 'test'].sort().join('')
  expect(texts).toEqual([sorted(fields), sorted({ domainCode: 'test', requestKey: 'mk-17' })])
})

// Two ways of sorting differ for the character 𠮷, because it is outside of Unicode's basic plane (BMP). By UTF-16 code
// units, as our server sorts, it comes after 中 and before ，.
const samples = [
  ...vectors.cases.map(({ params }) => params as Record<string, string>),
  { domainCode: 'test', info: '𠮷野家，', infoEn: '，', requestKey: '中1', sign: 'x', openid: 'o1', rate: '' },
]

const php = 'foreach (json_decode($argv[1], true) as $one) echo json_encode(signatures($one, "test")), PHP_EOL;'
// Java's standard library cannot read JSON, so the test passes the fields as base64.
const javaClass = (body: string): string => `
public class Snippet {
${body}
  static String text(String base64) {
    return new String(java.util.Base64.getUrlDecoder().decode(base64), java.nio.charset.StandardCharsets.UTF_8);
  }
  public static void main(String[] samples) throws Exception {
    for (var sample : samples) {
      var fields = new java.util.HashMap<String, String>();
      for (var pair : sample.split(",")) fields.put(text(pair.split(":", -1)[0]), text(pair.split(":", -1)[1]));
      var made = signatures(fields, "test");
      System.out.println("{\\"sign\\":\\"" + made[0] + "\\",\\"sign2\\":\\"" + made[1] + "\\"}");
    }
  }
}`
const encoded = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map((pair) => pair.map((text) => Buffer.from(text).toString('base64url')).join(':'))
    .join(',')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mini-cashier-snippet-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ways = {
  js: () => ({
    command: process.execPath,
    args: [
      '-e',
      `${snippet('docs/integrate.md', 'js')}\nfor (const one of JSON.parse(process.argv[1])) console.log(JSON.stringify(signatures(one, "test")))`,
      JSON.stringify(samples),
    ],
  }),
  python: () => ({
    command: 'python3',
    args: [
      '-c',
      `${snippet('docs/integrate.md', 'python')}\nimport json, sys\nfor one in json.loads(sys.argv[1]): print(json.dumps(signatures(one, "test")))`,
      JSON.stringify(samples),
    ],
  }),
  php: () => ({
    command: 'php',
    args: ['-r', `${snippet('docs/integrate.md', 'php')}\n${php}`, '--', JSON.stringify(samples)],
  }),
  java: () => {
    const file = join(folder, 'Snippet.java')
    writeFileSync(file, javaClass(snippet('docs/integrate.md', 'java')))
    return { command: 'java', args: ['-Dfile.encoding=UTF-8', file, ...samples.map(encoded)] }
  },
}

// Text that each snippet must contain, because the signature is wrong without it. The text differs by programming
// language.
const marks: Record<keyof typeof ways, readonly (string | RegExp)[]> = {
  js: ["['sign', 'sign2', 'openid']", "value !== ''", '.sort()', "createHash('sha1')", "createHmac('sha256', secret)"],
  python: ["('sign', 'sign2', 'openid')", "v != ''", 'utf-16-be', 'sorted(filled)', 'hashlib.sha1', 'hashlib.sha256'],
  php: [
    "['sign', 'sign2', 'openid']",
    "$value !== ''",
    "iconv('UTF-8', 'UTF-16BE', $a), iconv('UTF-8', 'UTF-16BE', $b)",
    'ksort($filled)',
    "implode('&'",
    "sha1(implode('', $values))",
    "hash_hmac('sha256', $pairs, $secret)",
  ],
  java: [
    '"sign", "sign2", "openid"',
    '!value.isEmpty()',
    'TreeMap',
    'Collections.sort(values)',
    'joining("&")',
    '"SHA-1"',
    '"HmacSHA256"',
    /getBytes\("UTF-8"\)/,
  ],
}

it.each(['js', 'python', 'php', 'java'] as const)('the snippet in %s signs as we verify', (language) => {
  const text = snippet('docs/integrate.md', language)
  expect(
    marks[language].filter((mark) => (typeof mark === 'string' ? !text.includes(mark) : !mark.test(text))),
  ).toEqual([])
  if (language !== 'js' && !isHere(language)) {
    process.stderr.write(`NOT RUN HERE: the example in ${language} of docs/integrate.md; only its text was checked.\n`)
    return
  }
  const { command, args } = ways[language]()
  const run = spawnSync(command, args, { encoding: 'utf8' })
  expect(run.stderr).toBe('')
  const made = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(made).toEqual(samples.map((one) => ({ sign: signValues(one, 'test'), sign2: signNames(one, 'test') })))
})

describe('the ten minutes', () => {
  let cloud: TestCloud
  beforeAll(async () => {
    cloud = await startCloud()
  }, 120_000)
  afterAll(() => cloud?.stop())

  /** Runs a command of the page in a shell, at this test's shop. @returns the answer */
  const run = async (command: string): Promise<{ errcode?: string; obj?: unknown }> => {
    const { stdout } = await promisify(execFile)('sh', ['-ec', command.replaceAll('http://127.0.0.1:7300', cloud.url)])
    return JSON.parse(stdout) as { errcode?: string; obj?: unknown }
  }

  it('end with a paid order, by the commands of the page alone', async () => {
    const absent = ['curl', 'openssl', 'sed'].filter(
      (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
    )
    if (absent.length > 0) {
      process.stderr.write(`NOT RUN HERE: the commands of docs/integrate.md; there is no ${absent.join(', ')}.\n`)
      return
    }
    const [sign, open, ask] = [0, 1, 2].map((nth) => snippet('docs/integrate.md', 'sh', nth))
    const { errcode, obj: code } = await run(`${sign}${open}`)
    expect([errcode, code]).toEqual(['0', expect.stringMatching(/^weixin:/)])
    const pay = /`(curl [^`]+weixin:[^`]+)`/.exec(page)?.[1] ?? ''
    await run(pay.replace('weixin://…', String(code)))
    await cloud.advance(5_000)
    expect(await run(ask ?? '')).toMatchObject({ errcode: '0', obj: { requestKey: 'mk-17', payStatus: 'SUCCESSPAY' } })
  })
})

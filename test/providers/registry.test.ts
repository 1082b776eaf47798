// Tests what a provider consists of, and that no other file names a provider. A new provider needs a folder of three
// files, a line in the registry, a fake server, test vectors, and a fixture for the conformance suite.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { findProvider, providers } from '../../cloudfunctions/shared/providers'
import { twins } from '../../tools/sandbox/twins'

const root = resolve(__dirname, '../..')
const folder = 'cloudfunctions/shared/providers'
const codes = providers.map(({ code }) => code)
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const foldersIn = (path: string): string[] =>
  readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

describe.each(codes)('the provider %s', (code) => {
  it('is a folder of exactly three files, and those of the services beside its payments', () => {
    const beside = code === 'wechatpay' ? ['complaints.ts', 'wireComplaints.ts', 'keyCheck.ts'] : []
    const files = ['index.ts', 'sign.ts', 'wire.ts', ...beside].sort()
    expect(readdirSync(join(root, folder, code)).sort()).toEqual(files)
  })

  it('has one line in the registry, and is found by its code', () => {
    const lines = read(`${folder}/index.ts`).split('\n')
    expect(lines.filter((line) => line.endsWith(`from './${code}'`))).toHaveLength(1)
    expect(codes.filter((one) => one === code)).toHaveLength(1)
    expect(findProvider(code)?.code).toBe(code)
  })

  it('has a fake server in the sandbox', () => {
    expect(twins.filter((twin) => twin.provider === code)).toHaveLength(1)
    expect(existsSync(join(root, `tools/sandbox/${code}.ts`))).toBe(true)
  })

  it('has test vectors, and a fixture that passes the conformance suite', () => {
    expect(Object.keys(JSON.parse(read(`test/providers/vectors/${code}.json`)))).not.toHaveLength(0)
    expect(read(`test/providers/fixtures/${code}.ts`)).toContain(`vectors/${code}.json`)
    expect(/\bdescribeProvider\(/.test(read(`test/providers/${code}.test.ts`))).toBe(true)
  })
})

it('every folder, fake server and fixture belongs to a provider of the registry', () => {
  const notProviders = new Set(['keys'])
  const fixtures = readdirSync(join(root, 'test/providers/fixtures')).map((file) => file.replace('.ts', ''))
  // papay/ is a folder without a provider of its own: it contains the contracts of the provider wechatpay.
  expect(foldersIn(folder).sort()).toEqual([...codes, 'papay'].sort())
  expect(twins.map(({ provider }) => provider).sort()).toEqual([...codes].sort())
  expect(fixtures.filter((name) => !notProviders.has(name)).sort()).toEqual([...codes].sort())
})

// The files that may name a provider, with the reason. A file that no longer names a provider must be removed from this
// list.
const mayName: Record<string, string> = {
  'miniprogram/settings.ts': 'the host of the Midas cloud, which the SDK asks from the phone itself',
  'miniprogram/services/payment.ts': 'hands that host to the SDK',
  'miniprogram/pages/admin/order/details.ts': 'which of their reasons has a sentence',
  'miniprogram/pages/admin/order/messages.ts': 'their reasons, in the reader’s language',
  'miniprogram/pages/admin/plan/index.ts': 'the only one that has contracts so far: a new plan belongs to it',
}
// OpenMidas is Tencent's SDK, not our provider Midas. The code uses OpenMidas for every provider, to open the payment
// sheet and to sign contracts.
const sdkFolder = /^miniprogram\/openmidas\//
const sdkName = /open_?midas/gi
const generated = /^miniprogram\/miniprogram_npm\//

it('no other file of the functions or the mini-program names a provider', () => {
  const files = ['cloudfunctions', 'miniprogram'].flatMap((top) => filesBelow(join(root, top)))
  const naming = files.filter((path) => {
    const inOwnFolder = codes.some((code) => path.startsWith(`${folder}/${code}/`))
    if (inOwnFolder || path === `${folder}/index.ts` || sdkFolder.test(path) || generated.test(path)) return false
    return namesIn(path).length > 0
  })
  expect(naming.sort()).toEqual(Object.keys(mayName).sort())
})

it('a name is found wherever it stands in code, and comments may contain names', () => {
  const [code = ''] = codes
  const capital = code[0]?.toUpperCase() + code.slice(1)
  for (const source of [`const a = '${code}'`, `is${capital}()`, `const ${code}Key = 1`, `\`\${a} ${capital}\``])
    expect(namesInSource(source)).toEqual([code])
  expect(namesInSource('OpenMidas.pay(openMidasConfig)')).toEqual([])
  expect(namesInSource(`// ${capital} says so\n/** ${code} */\nconst a = 1`)).toEqual([])
})

function filesBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(path, entry.name)) : [relative(root, join(path, entry.name))],
  )
}

const namesIn = (path: string): string[] =>
  path.endsWith('.ts') ? namesInSource(read(path)) : /\.(json|wxml|wxss|wxs)$/.test(path) ? namesInText(read(path)) : []

function namesInSource(source: string): string[] {
  const found = new Set<string>()
  const visit = (node: ts.Node): void => {
    let isLeaf = true
    ts.forEachChild(node, (child) => {
      isLeaf = false
      visit(child)
    })
    if (isLeaf) for (const name of namesInText(node.getText(file))) found.add(name)
  }
  const file = ts.createSourceFile('a.ts', source, ts.ScriptTarget.Latest)
  visit(file)
  return [...found]
}

/** The providers named in a text. A camel-case name counts as several words. */
function namesInText(text: string): string[] {
  const words = text.replace(sdkName, ' ').match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []
  return codes.filter((code) => words.some((word) => word.toLowerCase() === code))
}

// Tests that the API reference can be built, and that every exported function documents its parameters, result and
// errors.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../support/markdown'

interface Part {
  name: string
  children?: Part[]
  signatures?: Part[]
  parameters?: Part[]
  comment?: { summary: unknown[]; blockTags?: { tag: string }[] }
  type?: { type: string; name?: string; typeArguments?: { name?: string }[] }
}

let built: { status: number | null; said: string }
let reference: Part

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-api-'))
  const json = join(folder, 'api.json')
  const options = [
    '--options',
    'typings/typedoc/typedoc.json',
    '--out',
    join(folder, 'html'),
    '--json',
    json,
    '--logLevel',
    'Warn',
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/typedoc/bin/typedoc', ...options], {
    cwd: root,
    encoding: 'utf8',
  })
  built = { status, said: stdout + stderr }
  reference = status === 0 ? JSON.parse(readFileSync(json, 'utf8')) : { name: 'none' }
  rmSync(folder, { recursive: true, force: true })
})

const describes = ({ comment }: Part): boolean =>
  comment !== undefined && (comment.summary.length > 0 || (comment.blockTags ?? []).length > 0)

const givesNothing = ({ type }: Part): boolean =>
  type?.name === 'void' || (type?.name === 'Promise' && type.typeArguments?.[0]?.name === 'void')

/** Lists what is missing from the docstrings of functions in modules and interfaces. */
function gaps(part: Part, path = ''): string[] {
  const own = (part.signatures ?? []).flatMap((signature) => [
    ...(describes(signature) || part.name === 'constructor' ? [] : [`${path}: no docstring`]),
    ...(part.name === 'constructor' ? [] : (signature.parameters ?? []))
      .filter((parameter) => !describes(parameter))
      .map(({ name }) => `${path}: @param ${name}`),
    ...(givesNothing(signature) ||
    part.name === 'constructor' ||
    signature.comment?.blockTags?.some(({ tag }) => tag === '@returns')
      ? []
      : [`${path}: @returns`]),
  ])
  return [...own, ...(part.children ?? []).flatMap((child) => gaps(child, `${path}/${child.name}`))]
}

it('can be built without a warning', () => {
  expect(built).toEqual({ status: 0, said: '' })
})

it('contains the SDK, the interface of providers, the emulator and the web host', () => {
  expect(reference.children?.map(({ name }) => name).sort()).toEqual([
    'miniprogram/openmidas',
    'packages/cloudbase-emulator/src',
    'packages/miniprogram-web/src',
    'provider',
  ])
})

it('documents the parameters and the result of every function', () => {
  expect(gaps(reference)).toEqual([])
})

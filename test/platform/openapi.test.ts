// Tests our OpenAPI document: a published validator accepts it, and it contains every route, error code and event.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as z from 'zod/mini'
import { eventData, eventFrame } from '../../cloudfunctions/shared/api/events'
import { payApi } from '../../cloudfunctions/shared/api/pay'
import { eventTypes } from '../../cloudfunctions/shared/domain/outbox'
import { payErrors } from '../../cloudfunctions/shared/domain/requests/payErrors'
import { buildOpenApi } from '../../tools/openapi/build'
import { openApiDocument } from '../../tools/openapi/document'
import { fileNames, pageNames } from '../../tools/openapi/page'
import { languages } from '../../tools/openapi/words'
import { read } from '../support/markdown'

const root = resolve(__dirname, '../..')
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mini-cashier-openapi-'))
  await buildOpenApi(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The result of the published validator for a file. */
function validate(file: string): { valid: boolean } {
  const command = join(root, 'node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js')
  const { stdout } = spawnSync(process.execPath, [command, file], { encoding: 'utf8' })
  return JSON.parse(stdout) as { valid: boolean }
}

const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : value !== null && typeof value === 'object'
      ? Object.values(value).flatMap(textsIn)
      : []

describe.each(languages)('the document in %s', (language) => {
  const document = openApiDocument(language)

  it('is OpenAPI 3.1 by a published validator', () => {
    const file = join(folder, fileNames[language])
    expect(validate(file)).toEqual({ valid: true })
  })

  it('has every route, and no other', () => {
    const routes = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace('/pay/api/', '')}`),
    )
    expect(routes.sort()).toEqual(Object.keys(payApi).sort())
  })

  it('has every field that the schemas check', () => {
    for (const [call, schema] of Object.entries(payApi)) {
      const [method = '', path = ''] = call.split(' ')
      const operation = document.paths[`/pay/api/${path}`]?.[method === 'GET' ? 'get' : 'post']
      const body = operation?.requestBody?.content['application/json']?.schema
      const names = body ? Object.keys(body.properties ?? {}) : operation?.parameters?.map(({ name }) => name)
      expect([call, names?.sort()]).toEqual([call, Object.keys(schema.shape).sort()])
    }
  })

  it('has every error code with its sentence, and every event', () => {
    const listed = document.components.schemas.errcode?.oneOf?.map((one) => one.const) ?? []
    expect([...listed].sort()).toEqual(['0', ...Object.values(payErrors).map(({ errcode }) => errcode)].sort())
    expect(Object.keys(document.webhooks).sort()).toEqual([...eventTypes, 'endpoint.test'].sort())
  })

  it('says what each field means', () => {
    const page = readFileSync(join(folder, pageNames[language]), 'utf8')
    expect(textsIn(document)).not.toContain(undefined)
    const silent = [...page.matchAll(/<dt><code>(\w+)<\/code>[^\n]*<\/dt>\n<dd><span/g)].map(([, name]) => name)
    // These fields have no description. The names of most of them explain the field. For `obj` the document describes
    // each of its possible forms instead.
    expect([...new Set(silent)].sort()).toEqual(['charge', 'contract', 'obj', 'order', 'payment', 'refund', 'type'])
  })
})

it('is refused by the validator once it is broken', () => {
  const broken = openApiDocument('en')
  const [parameter] = broken.paths['/pay/api/private/pay/query']?.get?.parameters ?? []
  Object.assign(parameter ?? {}, { in: 'nowhere' })
  writeFileSync(join(folder, 'broken.json'), JSON.stringify(broken))
  expect(validate(join(folder, 'broken.json'))).toMatchObject({ valid: false })
})

it('says the same in both languages', () => {
  const bare = (language: (typeof languages)[number]): unknown =>
    JSON.parse(
      JSON.stringify(openApiDocument(language), (name, value: unknown) =>
        ['description', 'summary', 'title'].includes(name) && typeof value === 'string' ? '' : value,
      ),
    )
  expect(bare('zh')).toEqual(bare('en'))
  expect(
    textsIn(openApiDocument('en')).filter((text) => /\p{Script=Han}/u.test(text.replace('统一支付平台', ''))),
  ).toEqual([])
})

it('the example in docs/webhooks.md is an event by these schemas', () => {
  const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(read('docs/webhooks.md'))?.[1] ?? '') as { data: unknown }
  const frame = z.strictObject({ ...eventFrame, type: z.literal('order.paid'), data: eventData['order.paid'] })
  expect(z.safeParse(frame, example)).toMatchObject({ success: true })
})

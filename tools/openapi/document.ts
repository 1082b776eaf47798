// Builds an OpenAPI 3.1 document of the served API and the webhook events from our zod schemas. The same schemas check
// requests and give our answers their types.
import * as z from 'zod/mini'
import { eventData, eventFrame } from '../../cloudfunctions/shared/api/events'
import { type PayCall, payApi } from '../../cloudfunctions/shared/api/pay'
import { paidRecord, payReplies } from '../../cloudfunctions/shared/api/payReplies'
import { eventTypes } from '../../cloudfunctions/shared/domain/outbox'
import { payErrors } from '../../cloudfunctions/shared/domain/requests/payErrors'
import type { DeliveryType } from '../../cloudfunctions/shared/domain/telling/delivery'
import { version } from '../../package.json'
import { callWords, eventWords, introduction, type Language, texts, title } from './words'

/** The parts of JSON Schema that zod produces. */
export interface Schema {
  type?: string
  description?: string
  format?: string
  pattern?: string
  maxLength?: number
  const?: unknown
  enum?: readonly unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  $ref?: string
}

export interface Parameter {
  name: string
  in: 'query' | 'header'
  required: boolean
  description?: string
  schema: Schema
}

interface Answer {
  description: string
  headers?: Record<string, object>
  content?: Record<string, { schema: Schema }>
}

export interface Operation {
  operationId: string
  summary: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { required: true; content: Record<string, { schema: Schema }> }
  responses: Record<string, Answer>
  callbacks?: Record<string, Record<string, { get: Operation }>>
}

type Item = { get?: Operation; post?: Operation }

export interface OpenApi {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } }
  servers: { url: string }[]
  paths: Record<string, Item>
  webhooks: Record<string, Item>
  components: { schemas: Record<string, Schema> }
}

const calls = Object.keys(payApi) as PayCall[]
// Whether we sign the answers of a call. We do if the caller must sign the request.
const isSigned = (call: PayCall): boolean => 'sign' in payApi[call].shape

const camel = (text: string): string => text.replace(/[^a-z0-9]+(\w)/gi, (_, letter: string) => letter.toUpperCase())
const nameOf = (call: PayCall): string => camel(call.replace(/^\w+ /, '').replaceAll('_', '-'))

/** Builds the whole document in one language. */
export function openApiDocument(language: Language): OpenApi {
  return {
    openapi: '3.1.0',
    info: {
      title: title[language],
      version,
      description: introduction[language],
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: pathsOf(language),
    webhooks: Object.fromEntries(
      ([...eventTypes, 'endpoint.test'] as const).map((type) => [type, { post: event(type, language) }]),
    ),
    components: { schemas: { errcode: errcodes(language) } },
  }
}

function pathsOf(language: Language): OpenApi['paths'] {
  const paths: OpenApi['paths'] = {}
  for (const call of calls) {
    const [method = '', path = ''] = call.split(' ')
    const address = `/pay/api/${path}`
    paths[address] = { ...paths[address], [method.toLowerCase()]: operation(call, language) }
  }
  return paths
}

function operation(call: PayCall, language: Language): Operation {
  const input = schemaOf(payApi[call], language)
  const isPost = call.startsWith('POST ')
  return {
    operationId: nameOf(call),
    summary: callWords[call][language],
    ...(isPost
      ? { requestBody: { required: true, content: { 'application/json': { schema: input } } } }
      : { parameters: parametersOf(input, 'query') }),
    responses: answersOf(call, language),
    ...(call.endsWith('/pay') && {
      callbacks: { bgUrl: { '{$request.body#/bgUrl}': { get: bgUrlCall(call, language) } } },
    }),
  }
}

const parametersOf = ({ properties = {}, required = [] }: Schema, place: Parameter['in']): Parameter[] =>
  Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }))

function answersOf(call: PayCall, language: Language): Operation['responses'] {
  const t = texts[language]
  const reply = payReplies[call]
  const contentWith = (obj: Record<string, Schema>) => {
    const errcode = { $ref: '#/components/schemas/errcode' }
    const properties = { errcode, errormsg: { type: 'string', description: t.errormsg }, ...obj }
    return { 'application/json': { schema: { type: 'object', properties, required: ['errcode', 'errormsg'] } } }
  }
  const header = (description: string) => ({ description, schema: { type: 'string' } })
  const headers = {
    'webhook-id': header(t.replySigned),
    'webhook-timestamp': header(t.replySigned),
    'webhook-signature': header(t.replySigned),
  }
  return {
    200: {
      description: t.reply,
      ...(isSigned(call) && { headers }),
      content: contentWith({
        ...(reply !== null && { obj: answerSchemaOf(reply, language) }),
        ...(call.endsWith('/pay') && { image: { type: 'string', description: t.image } }),
      }),
    },
    ...(call === 'GET openid' && { 302: { description: t.redirect, headers: { location: header(t.redirect) } } }),
    404: { description: t.wrongPath, content: contentWith({}) },
    405: { description: t.wrongMethod, content: contentWith({}) },
  }
}

// The call that we make to the merchant's bgUrl (申请支付后的回调接口). Its fields are those of queryInfo, as texts,
// with a signature.
function bgUrlCall(call: PayCall, language: Language): Operation {
  const t = texts[language]
  const sent = answerSchemaOf(paidRecord, language)
  const asText = ({ description, enum: values }: Schema): Schema => ({
    type: 'string',
    ...(description !== undefined && { description }),
    ...(values && { enum: values }),
  })
  const texted = Object.entries(sent.properties ?? {}).map(([name, schema]) => [name, asText(schema)] as const)
  const { sign, sign2 } = schemaOf(payApi[call], language).properties ?? {}
  const properties = { ...Object.fromEntries(texted), ...(sign && { sign }), ...(sign2 && { sign2 }) }
  const heard: Schema = { type: 'string', const: 'success' }
  return {
    operationId: `${nameOf(call)}Result`,
    summary: t.callback,
    description: t.bgUrl,
    parameters: parametersOf({ properties, required: [...(sent.required ?? []), 'sign'] }, 'query'),
    responses: { 200: { description: t.bgUrlHeard, content: { 'text/plain': { schema: heard } } } },
  }
}

function event(type: DeliveryType, language: Language): Operation {
  const t = texts[language]
  const { id, at, sequence } = eventFrame
  const data = type === 'endpoint.test' ? z.strictObject({}) : eventData[type]
  const schema = answerSchemaOf(z.strictObject({ id, type: z.literal(type), at, sequence, data }), language)
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: true,
    description,
    schema: { type: 'string' },
  })
  return {
    operationId: camel(type),
    summary: eventWords[type][language],
    parameters: [
      header('webhook-id', t.webhookId),
      header('webhook-timestamp', t.webhookTimestamp),
      header('webhook-signature', t.webhookSignature),
    ],
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses: { '2XX': { description: t.accepted } },
  }
}

/** The schema of `errcode`: `0`, and each error code with its sentence. */
function errcodes(language: Language): Schema {
  const known = Object.values(payErrors)
    .map((error) => ({ const: error.errcode as string, description: error[language].replace(/[{}]/g, '`') }))
    .sort((one, other) => (one.const < other.const ? -1 : 1))
  const t = texts[language]
  return { type: 'string', description: t.errcode, oneOf: [{ const: '0', description: t.success }, ...known] }
}

/** The schema of what we send. It allows additional fields, so that we can add a field later. */
function answerSchemaOf(schema: z.ZodMiniType, language: Language): Schema {
  const withoutLimit = (name: string, value: unknown): unknown =>
    name === 'additionalProperties' && value === false ? undefined : value
  return JSON.parse(JSON.stringify(schemaOf(schema, language), withoutLimit)) as Schema
}

// Our schemas have a text for each language. The document takes one of them as the description.
function schemaOf(schema: z.ZodMiniType, language: Language): Schema {
  const { $schema: _, ...written } = z.toJSONSchema(schema, {
    io: 'input',
    override({ jsonSchema }) {
      const words = jsonSchema as Record<string, unknown>
      const description = words[language]
      delete words.zh
      delete words.en
      if (typeof description === 'string') jsonSchema.description = description
      // Leave out the limits of safe integers, which zod adds, because they tell a reader nothing.
      delete jsonSchema.minimum
      delete jsonSchema.maximum
    },
  })
  return written as Schema
}

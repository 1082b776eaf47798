// Builds the HTML page that shows the OpenAPI document, in one language, with a link to the other. The page has no
// script.
import { type OpenApi, type Operation, openApiDocument, type Parameter, type Schema } from './document'
import { type Language, texts } from './words'

export const pageNames: Readonly<Record<Language, string>> = { zh: 'api.html', en: 'api.en.html' }
export const fileNames: Readonly<Record<Language, string>> = { zh: 'openapi.zh.json', en: 'openapi.json' }

// The content security policy, as a meta tag, because static hosting sends no such header.
const policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"

// sentByUs: the fields are in a message from us. Then the page does not mark required fields, because all fields are
// present.
type Texts = (typeof texts)[Language] & { sentByUs?: boolean }

/** Builds the page in one language. @param style file name of the style sheet */
export function apiPage(language: Language, style: string): string {
  const document = openApiDocument(language)
  const other = language === 'zh' ? 'en' : 'zh'
  const t: Texts = texts[language]
  const ours = { ...t, sentByUs: true }
  const { title, description, version } = document.info
  const calls = operationsOf(document.paths)
  const events = operationsOf(document.webhooks)
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${style}">
<link rel="alternate" hreflang="${other}" href="${pageNames[other]}">
<link rel="icon" href="data:,">
</head>
<body>
<header>
<h1>${escaped(title)} <small>${escaped(version)}</small></h1>
<nav><a href="${fileNames[language]}">${t.download}</a> <a href="${pageNames[other]}" lang="${other}">${t.other}</a></nav>
</header>
<nav aria-label="${t.contents}" class="contents">${contents(t, calls, events)}</nav>
<main>
${description.split('\n\n').map(paragraph).join('\n')}
<h2 id="calls">${t.calls}</h2>
${calls.map((one) => callSection(one, t)).join('\n')}
<h2 id="errors">${t.errors}</h2>
${errorTable(document)}
<h2 id="events">${t.events}</h2>
${frameSection(events, ours)}
${events.map((one) => eventSection(one, ours)).join('\n')}
</main>
</body>
</html>
`
}

interface Shown {
  method: string
  name: string
  operation: Operation
}

const operationsOf = (items: OpenApi['paths']): Shown[] =>
  Object.entries(items).flatMap(([name, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), name, operation })),
  )

const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)

/** Escapes a sentence for HTML. Backquotes mark code. */
const prose = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')
const paragraph = (text: string): string => `<p>${prose(text)}</p>`

function contents(t: Texts, calls: readonly Shown[], events: readonly Shown[]): string {
  const links = (some: readonly Shown[]): string =>
    some
      .map(({ name, operation }) => `<li><a href="#${operation.operationId}">${escaped(short(name))}</a></li>`)
      .join('')
  return `<h2><a href="#calls">${t.calls}</a></h2><ul>${links(calls)}</ul>
<h2><a href="#errors">${t.errors}</a></h2>
<h2><a href="#events">${t.events}</a></h2><ul>${links(events)}</ul>`
}

const short = (path: string): string => path.replace('/pay/api/', '')

function callSection({ method, name, operation }: Shown, t: Texts): string {
  const { operationId, summary, parameters, requestBody, responses, callbacks } = operation
  const body = requestBody?.content['application/json']?.schema
  const obj = responses[200]?.content?.['application/json']?.schema.properties?.obj
  const [result] = Object.values(callbacks ?? {}).flatMap((one) => Object.values(one))
  return `<section id="${operationId}">
<h3><code class="method">${method}</code> <code>${escaped(name)}</code></h3>
${paragraph(summary)}
<h4>${t.parameters}</h4>
${body ? fieldList(body, t) : parameterList(parameters ?? [], t)}
<h4>${t.answer}</h4>
${obj ? `<dl class="fields">${field('obj', obj, { ...t, sentByUs: true })}</dl>` : `<p>${t.none}</p>`}
${result ? resultDetails(result.get, t) : ''}
</section>`
}

const resultDetails = ({ summary, description = '', parameters = [] }: Operation, t: Texts): string =>
  `<details><summary>${escaped(summary)}</summary>${paragraph(description)}${parameterList(parameters, { ...t, sentByUs: true })}</details>`

// Shows once the fields that all events share.
function frameSection([first]: readonly Shown[], t: Texts): string {
  const { data: _, ...shared } = dataOf(first)?.properties ?? {}
  const schema: Schema = { properties: shared, required: Object.keys(shared) }
  return `<section><h3>${t.frame}</h3>${parameterList(first?.operation.parameters ?? [], t)}${fieldList(schema, t)}</section>`
}

const dataOf = (shown: Shown | undefined): Schema | undefined =>
  shown?.operation.requestBody?.content['application/json']?.schema

function eventSection(shown: Shown, t: Texts): string {
  const { name, operation } = shown
  const data = dataOf(shown)?.properties?.data
  const isEmpty = Object.keys(data?.properties ?? {}).length === 0
  return `<section id="${operation.operationId}">
<h3><code>${escaped(name)}</code></h3>
${paragraph(operation.summary)}
${data && !isEmpty ? `<details><summary>${t.data}</summary>${fieldList(data, t)}</details>` : ''}
</section>`
}

const parameterList = (parameters: readonly Parameter[], t: Texts): string =>
  `<dl class="fields">${parameters
    .map(({ name, schema, description, required }) =>
      field(name, { ...schema, ...(description !== undefined && { description }) }, t, required),
    )
    .join('')}</dl>`

const fieldList = ({ properties = {}, required = [] }: Schema, t: Texts): string =>
  `<dl class="fields">${Object.entries(properties)
    .map(([name, schema]) => field(name, schema, t, required.includes(name)))
    .join('')}</dl>`

function field(name: string, schema: Schema, t: Texts, isRequired = false): string {
  const below = innerOf(schema)
  return `<dt><code>${escaped(name)}</code>${isRequired && !t.sentByUs ? ` <em>${t.required}</em>` : ''}</dt>
<dd>${schema.description === undefined ? '' : `${prose(schema.description)}<br>`}<span class="form">${form(schema, t)}</span>
${choicesOf(schema)}${below ? fieldList(below, t) : ''}</dd>`
}

const innerOf = (schema: Schema): Schema | undefined =>
  schema.properties ? schema : [schema.items, ...(schema.anyOf ?? [])].find((one) => one?.properties)

// For a value with several possible forms: lists what each form means.
function choicesOf({ anyOf = [] }: Schema): string {
  const said = anyOf.flatMap(({ description }) => (description === undefined ? [] : [`<li>${prose(description)}</li>`]))
  return said.length > 1 ? `<ul>${said.join('')}</ul>` : ''
}

/** Describes the form of a value in words. */
function form(schema: Schema, t: Texts): string {
  const { anyOf, enum: values, items, format, pattern, maxLength } = schema
  if (schema.const !== undefined) return code(schema.const)
  if (values)
    return (
      values
        .filter((value) => value !== '')
        .map(code)
        .join(' · ') + (values.includes('') ? ` · ${t.emptyOr}` : '')
    )
  if (anyOf) {
    const forms = anyOf.filter((one) => one.const !== '' && one.type !== 'null').map((one) => form(one, t))
    const mayBeEmpty = anyOf.some((one) => one.const === '')
    const mayBeNull = anyOf.some((one) => one.type === 'null')
    return [[...new Set(forms)].join(' / '), mayBeEmpty && t.emptyOr, mayBeNull && t.orNull].filter(Boolean).join(' · ')
  }
  if (items) return `${t.listOf}`
  const types = [schema.type ?? 'string'].flat()
  const words = types.map((type) => (type === 'null' ? t.orNull : kindOf(format === 'uri' ? 'uri' : type, t)))
  return [
    ...words,
    maxLength !== undefined && t.upTo.replace('{n}', String(maxLength)),
    pattern !== undefined && format !== 'uri' && code(pattern),
  ]
    .filter(Boolean)
    .join(' · ')
}

const kindOf = (type: string, t: Texts): string => (type in t.kinds ? t.kinds[type as keyof Texts['kinds']] : type)
const code = (value: unknown): string => `<code>${escaped(String(value))}</code>`

function errorTable({ components }: OpenApi): string {
  const rows = (components.schemas.errcode?.oneOf ?? []).map(
    (one) => `<dt><code>${escaped(String(one.const))}</code></dt><dd>${prose(one.description ?? '')}</dd>`,
  )
  return `<dl class="fields codes">${rows.join('')}</dl>`
}

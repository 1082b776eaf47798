// Reads and answers calls of cloud.openapi as wx-server-sdk 4.0.2 sends them: a form whose field requestData is a
// protobuf message; the answer is a protobuf message too. The shapes come from the SDK (src/protobuf/openapi.js:
// CommApiData, OpenApiData, KeyValuePair, CommOpenApiResp). The program that embeds the emulator plays WeChat's
// servers.
import { type Fields, isFields } from './database/ejson'
import { CloudFailure } from './failures'

/** One call of cloud.openapi. */
export interface OpenapiCall {
  /** the path of the API: `wxa.sec.order.getOrder` */
  api: string
  data: Fields
}

/** The SDK's number for "function has no permission to call this API". */
export const noPermission = -604101

/** Parses a multipart form from the SDK; undefined if the body is not a form. */
export function readForm(body: Buffer): Map<string, Buffer> | undefined {
  if (body[0] !== dash || body[1] !== dash) return undefined
  const end = body.indexOf('\r\n')
  const boundary = Buffer.concat([Buffer.from('\r\n'), body.subarray(0, end)])
  const fields = new Map<string, Buffer>()
  for (let from = end; from >= 0; ) {
    const next = body.indexOf(boundary, from)
    if (next < 0) break
    const part = body.subarray(from, next)
    const split = part.indexOf('\r\n\r\n')
    const name = /name="([^"]*)"/.exec(part.subarray(0, split).toString())?.[1]
    if (name !== undefined && split >= 0) fields.set(name, part.subarray(split + 4))
    from = next + boundary.length
  }
  return fields
}

const dash = 0x2d

/** Reads an API call from the form. @throws CloudFailure if the form is no call of cloud.openapi with JSON values */
export function readCall(form: ReadonlyMap<string, Buffer>): OpenapiCall {
  const text = (name: string): string => form.get(name)?.toString() ?? ''
  const api = text('apiName')
  if (text('action') !== 'wx.openApi') throw unknown('cloudPay', api)
  const message = readMessage(form.get('requestData') ?? Buffer.alloc(0))
  const openapiData = message.find(({ field }) => field === 2)?.bytes
  if (!openapiData) throw unknown('openapi', api)
  const pairs = readMessage(openapiData).map(({ bytes }) => readMessage(bytes ?? Buffer.alloc(0)))
  const data = pairs.map((pair) => {
    const of = (field: number) => pair.find((one) => one.field === field)?.bytes ?? Buffer.alloc(0)
    return [of(1).toString(), JSON.parse(of(2).toString()) as unknown] as const
  })
  return { api, data: Object.fromEntries(data) }
}

export const unknown = (place: 'openapi' | 'cloudPay', api: string): CloudFailure =>
  new CloudFailure('INVALID_ACTION', `the emulator has no cloud.${place}.${api}`)

interface Field {
  field: number
  bytes?: Buffer
}

/**
 * Splits a protobuf message into fields. A field that holds bytes is returned with its bytes. A field that holds a
 * number is returned without its value, because no caller needs the value.
 */
function readMessage(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const [field, kind] = [Math.floor(tag / 8), tag % 8]
    if (kind === 0) {
      varint()
      fields.push({ field })
    } else if (kind === 2) {
      const length = varint()
      fields.push({ field, bytes: message.subarray(at, at + length) })
      at += length
    } else throw new CloudFailure('INVALID_PARAM', 'requestData cannot be read')
  }
  return fields
}

const writeVarint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...writeVarint(Math.floor(value / 0x80))]

const writeBytes = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([field * 8 + 2, ...writeVarint(bytes.length)]), bytes])

/** Encodes the JSON answer of WeChat's server as a protobuf message. */
export const writeAnswer = (answer: Fields): Buffer =>
  Buffer.concat([
    writeBytes(1, Buffer.from(JSON.stringify(answer))),
    writeBytes(2, Buffer.from('application/json; encoding=utf-8')),
    Buffer.from([4 * 8, ...writeVarint(200)]),
  ])

/** Encodes an error of WeChat's gateway: the field error_code is an int32, and a negative int32 takes ten bytes. */
export function writeRefusal(code: number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(code))
  const bytes = [3 * 8]
  while (rest >= 0x80n) {
    bytes.push(Number(rest % 0x80n) + 0x80)
    rest /= 0x80n
  }
  return Buffer.from([...bytes, Number(rest)])
}

/** Whether a function's config.json allows the function to call this API. */
export const allows = (permissions: unknown, api: string): boolean =>
  isFields(permissions) && Array.isArray(permissions.openapi) && permissions.openapi.includes(api)

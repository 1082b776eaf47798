#!/usr/bin/env node
// The command miniprogram-web [folder]: shows a mini-program in a browser and reloads it after each save, or writes it
// as files.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildWeb } from './build'
import { BuildProblems, failOnProblems, formatProblem, type Problem } from './problems'
import { createWeb } from './server'

const usage = `miniprogram-web [folder]        shows the mini-program in the folder [.]
miniprogram-web build [folder]  writes it into --out
  --port N      where the browser finds it [8090]; 0 takes a free one
  --out DIR     for build [dist-web]
  --cloud URL   a running cloudbase-emulator, for wx.cloud.callFunction
  --strict      what WeChat's own compiler only warns about is an error`

class Unusable extends Error {}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '8090' },
      out: { type: 'string', default: 'dist-web' },
      cloud: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const isBuild = positionals[0] === 'build'
  const miniprogramRoot = rootOf(positionals[isBuild ? 1 : 0] ?? '.')
  if (isBuild) {
    const { problems } = await buildWeb({ miniprogramRoot, outDir: values.out, dev: false, strict: values.strict })
    print(problems)
    failOnProblems(problems)
    return console.log(`Wrote ${values.out}`)
  }
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Unusable('--port must be a number from 0 to 65535.')
  await serve({ miniprogramRoot, port, strict: values.strict, cloud: values.cloud })
}

/** The folder of app.json: the given folder, or the folder that project.config.json in the given folder names. */
function rootOf(folder: string): string {
  const config = join(folder, 'project.config.json')
  const named = existsSync(config)
    ? (JSON.parse(readFileSync(config, 'utf8')) as { miniprogramRoot?: string }).miniprogramRoot
    : undefined
  const root = [join(folder, named ?? ''), folder, join(folder, 'miniprogram')].find((one) =>
    existsSync(join(one, 'app.json')),
  )
  if (root === undefined) throw new Unusable(`${folder} has no app.json, nor a project.config.json that leads to one.`)
  return resolve(root)
}

async function serve(options: {
  miniprogramRoot: string
  port: number
  strict: boolean
  cloud: string | undefined
}): Promise<void> {
  const { miniprogramRoot, port, strict, cloud } = options
  const outDir = mkdtempSync(join(tmpdir(), 'miniprogram-web-'))
  const web = await createWeb({ miniprogramRoot, outDir, dev: true, strict, watch: true })
  print(web.problems())
  const server = createServer((request, response) => {
    handle(request, response).catch(() => refuse(response, 502, 'the cloud does not answer'))
  })
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (await web.handle(request, response)) return
    if (request.method !== 'POST' || request.url?.startsWith('/call/') !== true)
      return refuse(response, 404, 'no such path')
    if (cloud === undefined) return refuse(response, 501, 'no cloud: start with --cloud URL')
    await forward(new URL(request.url, cloud), request, response)
  }
  await new Promise<void>((done, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) => fail(new Unusable(`Port ${port}: ${cause.code}.`)))
    server.listen(port, '127.0.0.1', () => done())
  })
  console.log(`Mini-program ready: http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const end = (): void => {
    web.close()
    rmSync(outDir, { recursive: true, force: true })
    process.exit(0)
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

async function forward(target: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const headers = { 'content-type': 'application/json', 'x-openid': String(request.headers['x-openid'] ?? '') }
  const answer = await fetch(target, { method: 'POST', headers, body: Buffer.concat(chunks) })
  response.writeHead(answer.status, { 'content-type': 'application/json' })
  response.end(await answer.text())
}

function refuse(response: ServerResponse, status: number, errMsg: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ errMsg }))
}

function print(problems: Problem[]): void {
  for (const problem of problems) console.error(formatProblem(problem))
}

main().catch((error: unknown) => {
  const isUsage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  if (error instanceof BuildProblems) console.error('The mini-program cannot be built.')
  else if (error instanceof Unusable) console.error(error.message)
  else console.error(isUsage && error instanceof Error ? `${error.message}\n${usage}` : error)
  process.exit(1)
})

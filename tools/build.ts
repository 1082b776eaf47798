// npm run build: bundles each cloud function into dist/cloudfunctions/ in the form in which CloudBase deploys it,
// copies the TDesign components in use into miniprogram_npm, and builds the website into dist/web.
import './nodeVersion'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import {
  checkFunctionRules,
  type FunctionDeclaration,
  readDatabaseFile,
  readFunctionsFile,
} from '../packages/cloudbase-emulator/src/functions/declarations'
import { failOnProblems } from '../packages/miniprogram-web/src/problems'
import { licensesOf } from './checks/licenses'
import { deferParts } from './deferredParts'
import { buildMiniprogramNpm } from './miniprogramNpm'
import { buildPreview } from './preview/preview'
import { buildWebsite } from './website'

const root = resolve(__dirname, '..')

/** @param source a folder with one folder per function, functions.json, functionRules.json and database.json */
export async function buildFunctions(
  source = join(root, 'cloudfunctions'),
  target = join(root, 'dist/cloudfunctions'),
): Promise<void> {
  const declared = readFunctionsFile(source)
  readDatabaseFile(source)
  const names = await functionNames(source)
  const undeclared = names.filter((name) => !declared[name])
  if (undeclared.length > 0) throw new Error(`functions.json says nothing about ${undeclared.join(', ')}`)
  checkFunctionRules(source, declared)
  await mkdir(target, { recursive: true })
  await Promise.all(names.map((name) => buildFunction(join(source, name), join(target, name), declared[name])))
  // The emulator and `npm run deploy` read these files beside the functions.
  for (const file of ['functions.json', 'database.json', 'functionRules.json'])
    await cp(join(source, file), join(target, file))
  for (const old of await readdir(target, { withFileTypes: true }))
    if (old.isDirectory() && !names.includes(old.name)) await rm(join(target, old.name), { recursive: true })
}

async function functionNames(source: string): Promise<string[]> {
  const entries = await readdir(source, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(source, entry.name, 'index.ts')))
    .map((entry) => entry.name)
}

async function buildFunction(source: string, target: string, declared: FunctionDeclaration | undefined): Promise<void> {
  await mkdir(target, { recursive: true })
  const { metafile } = await build({
    entryPoints: [join(source, 'index.ts')],
    outfile: join(target, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    // These options give the shortest loading time. Measured before parts of the SDK were deferred: 147 ms with these
    // options, 176 ms without minifying, 205 ms with shortened names, 371 ms with wx-server-sdk in node_modules.
    minifySyntax: true,
    minifyWhitespace: true,
    // No licence comments in the bundle: LICENSES.txt beside the bundle has the texts.
    legalComments: 'none',
    logLevel: 'error',
    metafile: true,
    plugins: [deferParts()],
    absWorkingDir: root,
  })
  await writeText(join(target, 'LICENSES.txt'), licensesOf(Object.keys(metafile.inputs)))
  await writeJson(join(target, 'package.json'), { name: source.split(/[\\/]/).at(-1), main: 'index.js', private: true })
  await writeJson(join(target, 'config.json'), {
    permissions: { openapi: declared?.openapi ?? [] },
    timeout: declared?.timeoutSeconds,
    memorySize: declared?.memoryMb,
    triggers: declared?.timer === undefined ? [] : [{ name: 'clock', type: 'timer', config: declared.timer }],
  })
}

const writeJson = (file: string, value: unknown): Promise<void> =>
  writeText(file, `${JSON.stringify(value, undefined, 2)}\n`)

/** Writes a file only if its text has changed, so that watchers of the file are not triggered. */
async function writeText(file: string, text: string): Promise<void> {
  const old = await readFile(file, 'utf8').catch(() => undefined)
  if (old !== text) await writeFile(file, text)
}

// Compiles the mini-program with the preview's compiler, because what fails there usually fails on the phone too.
async function checkMiniprogram(): Promise<void> {
  const outDir = join(root, 'dist/preview')
  const { problems } = await buildPreview({ miniprogramRoot: join(root, 'miniprogram'), outDir, dev: false })
  failOnProblems(problems)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === __filename)
  Promise.all([buildFunctions(process.argv[2]), buildMiniprogramNpm(), checkMiniprogram(), buildWebsite()]).catch(
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error)
      process.exitCode = 1
    },
  )

// Builds what tests start. The suite starts about a hundred local clouds, so each start is kept short: the cloud is one
// file without tsx, and the RSA keys of its fake servers are made here. A start takes 0.7 s of a core instead of 2.0.
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { buildFunctions } from '../../tools/build'
import { keysFile, localCloudFile } from './builtCloud'

const root = resolve(__dirname, '../..')
/** as many as a new data folder needs: a merchant's key for each fake server that signs with RSA */
const keyCount = 4

/** A module in the bundle still finds the files beside its source. */
const ownPlaces: Plugin = {
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const contents = source
        .replace(/\b__dirname\b/g, JSON.stringify(dirname(path)))
        .replace(/\b__filename\b/g, JSON.stringify(path))
      return { contents, loader: 'ts' }
    })
  },
}

/** Another run of tests may be reading the file, so it is replaced at once. */
function replaceFile(file: string, text: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true })
  const fresh = `${file}-${process.pid}`
  writeFileSync(fresh, text)
  renameSync(fresh, file)
}

async function buildLocalCloud(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'tools/dev.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outfile: localCloudFile,
    write: false,
    // These read files beside themselves, or are faster to load only when they are needed.
    external: ['esbuild', 'libsql', 'wx-server-sdk', 'glass-easel-template-compiler', 'less', 'typescript'],
    plugins: [ownPlaces],
    logLevel: 'error',
  })
  replaceFile(localCloudFile, outputFiles[0]?.contents ?? '')
}

function makeKeys(): void {
  const keys = Array.from({ length: keyCount }, () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  )
  replaceFile(keysFile, JSON.stringify(keys))
}

Promise.all([buildFunctions(), buildLocalCloud(), makeKeys()]).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})

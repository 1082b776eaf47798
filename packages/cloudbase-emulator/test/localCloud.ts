// Starts an emulator with the fixture functions in a fresh folder, and connects this process's SDK to it.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Emulator, type EmulatorOptions, startEmulator } from '../src'
import { readFunctionsFile } from '../src/functions/declarations'

export interface LocalCloud {
  emulator: Emulator
  options: EmulatorOptions
  /** Closes the emulator. Its folder stays until `removeFolders` runs. */
  end(): Promise<void>
}

const folders: string[] = []

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-'))
  folders.push(folder)
  return folder
}

/** Removes the folders of all emulators; call it at the end of a test file. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

let built: Promise<string> | undefined

/** The built fixture functions, built once per test file. */
export function builtFunctions(): Promise<string> {
  built ??= (async () => {
    const target = join(newFolder(), 'cloudfunctions')
    await buildFixtures(join(__dirname, 'fixtures/cloudfunctions'), target)
    return target
  })()
  return built
}

async function buildFixtures(source: string, target: string): Promise<void> {
  const declared = readFunctionsFile(source)
  for (const [name, { timer }] of Object.entries(declared)) {
    const outfile = join(target, name, 'index.js')
    await build({
      entryPoints: [join(source, name, 'index.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
    })
    const triggers = timer === undefined ? [] : [{ name: 'clock', type: 'timer', config: timer }]
    writeFileSync(join(target, name, 'config.json'), JSON.stringify({ triggers }))
  }
  for (const file of ['functions.json', 'database.json']) copyFileSync(join(source, file), join(target, file))
}

export function pointSdkAt(adminUrl: string): void {
  Object.assign(process.env, {
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: 'local',
    TENCENTCLOUD_SECRETID: 'local',
    TENCENTCLOUD_SECRETKEY: 'local',
    SCF_NAMESPACE: 'local',
    TCB_CONTEXT_CNFG: JSON.stringify({ URL: adminUrl }),
    // Switches off the SDK's warning about slow calls, which would keep the process alive.
    SILENCE: 'true',
  })
}

export async function startLocalCloud(changes: Partial<EmulatorOptions> = {}): Promise<LocalCloud> {
  const options = {
    dataDir: newFolder(),
    functionsDir: await builtFunctions(),
    environment: {},
    ticking: false,
    ...changes,
  }
  const emulator = await startEmulator(options)
  pointSdkAt(emulator.adminUrl)
  return {
    emulator,
    options,
    end: () => emulator.close(),
  }
}

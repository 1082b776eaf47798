// npm run deploy -- --rollback: deploys the code from before the last deployment again. Data, indexes and configuration
// stay as they are.
import { unzipSync } from 'fflate'
import { type Cloud, Stopped } from './cloud'
import {
  cloudHash,
  isVersionOf,
  type Label,
  labelOf,
  none,
  readFunction,
  readVersions,
  settled,
  updateConfiguration,
  uploadCode,
  type Version,
  versionLabel,
} from './functions'
import { open } from './httpAccess'
import type { Run } from './run'

interface Standing {
  name: string
  label: Label
  /**
   * true: the function's code is not the code that its description names, because somebody else changed it or a
   * deployment stopped halfway
   */
  isOther: boolean
  versions: Version[]
}

/** @param proxy an HTTP proxy for downloading the code */
export async function rollback(run: Run, names: string[], proxy: string | undefined): Promise<void> {
  const { cloud } = run
  const standing: Standing[] = []
  for (const name of names) {
    const found = await readFunction(cloud, name)
    const label = labelOf(found?.Description)
    if (!found || !label) continue
    const isOther = label.cloud !== (await cloudHash(cloud, name))
    standing.push({ name, label, isOther, versions: await readVersions(cloud, name) })
  }
  const target = targetOf(standing)
  for (const one of standing) if (one.label.release !== target || one.isOther) await putBack(run, one, target, proxy)
}

/** Finds the release to go back to. @throws Stopped if there was no earlier release */
function targetOf(standing: Standing[]): string {
  const releases = new Set(standing.map(({ label }) => label.release))
  // The last deployment stopped halfway, between two functions or inside one. Go back to the release that the other
  // functions still have.
  const half = standing.find(
    ({ label }) => releases.size > 1 && releases.has(label.before) && label.before !== label.release,
  )
  if (half) return half.label.before
  const inside = standing.find(
    ({ label, isOther, versions }) => isOther && versions.some((one) => isVersionOf(one, label.release)),
  )
  if (inside) return inside.label.release
  const before = standing.find(({ label }) => label.before !== none)
  if (!before) throw new Stopped('There is no earlier code to put back: this is the first deployment.')
  return before.label.before
}

async function putBack(run: Run, one: Standing, target: string, proxy: string | undefined): Promise<void> {
  const { cloud } = run
  const { name, versions } = one
  const at = versions.findIndex((version) => isVersionOf(version, target))
  const version = versions[at]
  const kept = version && versionLabel(version)
  if (!version || !kept)
    return run.leave(`${name} stays as it is: CloudBase has no version of it from release ${target}.`)
  const older = versions.slice(at + 1).map(versionLabel)
  await run.change(`put back the code of ${name}: release ${target}`, async () => {
    const zip = await download(cloud, name, version.Version, proxy)
    await settled(run, name)
    await uploadCode(cloud, name, zip)
    await settled(run, name)
    const before = older.find((label) => label && label.release !== target)?.release ?? none
    await updateConfiguration(run, name, { ...kept, cloud: await cloudHash(cloud, name), before })
  })
}

/** Downloads a version of a function's code. @throws Stopped if the download is not a function's code */
async function download(cloud: Cloud, name: string, version: string, proxy: string | undefined): Promise<Buffer> {
  const { Url } = await cloud.read<{ Url: string }>('scf', 'GetFunctionAddress', {
    FunctionName: name,
    Namespace: cloud.namespace,
    Qualifier: version,
  })
  const zip = await fetchBytes(Url, proxy)
  try {
    if (unzipSync(zip)['index.js']) return zip
  } catch {
    // A file that cannot be unzipped is refused like one without index.js.
  }
  throw new Stopped(
    `The code of ${name}, version ${version}, could not be downloaded whole. Run the same command again.`,
  )
}

const downloadMs = 120_000
// Our functions have less than 2 MB each.
const largestBytes = 64 * 1024 * 1024

/**
 * Downloads a file. @throws Stopped if the download fails, takes longer than two minutes, or is larger than any of our
 * functions
 */
async function fetchBytes(url: string, proxy: string | undefined): Promise<Buffer> {
  const signal = AbortSignal.timeout(downloadMs)
  try {
    const response = await open(url, proxy, signal)
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > largestBytes) throw new Error(`it is larger than ${largestBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error'
    throw new Stopped(`The download failed: ${reason}. Run the same command again.`)
  }
}

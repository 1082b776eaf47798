// Uploads the website (dist/web) to CloudBase's static hosting. Leaves files there that are not ours.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { Stopped } from './cloud'
import type { Run } from './run'

interface Store {
  Status: string
}

interface Page {
  Contents: { Key: string; ETag: string }[]
  IsTruncated: boolean | string
  NextMarker?: string
}

const waitMs = 3_000
const mostWaits = 200

/** @param prefix the website's folder in static hosting, without slashes */
export async function deployHosting(run: Run, folder: string, prefix: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((localPath) => ({ localPath, cloudPath: [prefix, ...relative(folder, localPath).split(sep)].join('/') }))
    .sort((one, other) => (one.cloudPath < other.cloudPath ? -1 : 1))
  const store = await readStore(run)
  if (!store || store.Status === 'offline')
    await run.change('switch static hosting on', () =>
      run.cloud.write('tcb', 'CreateStaticStore', { EnvId: run.cloud.envId }),
    )
  const online = run.dryRun ? store : await whenOnline(run)
  const found = online?.Status === 'online' ? await readFiles(run) : new Map<string, string>()
  const different = files.filter(({ localPath, cloudPath }) => found.get(cloudPath) !== md5(localPath))
  // Upload HTML pages last, so that a page never names a script that is not there yet.
  for (const isPage of [false, true]) {
    const batch = different.filter(({ cloudPath }) => cloudPath.endsWith('.html') === isPage)
    if (batch.length === 0) continue
    await run.change(`upload ${isPage ? 'pages' : 'files'} of the website: ${namesOf(batch)}`, async () => {
      try {
        await run.cloud.sdk.hosting.uploadFiles({ files: batch })
      } catch (error) {
        throw run.cloud.explain(error, 'cos', 'PutObject')
      }
    })
  }
}

const namesOf = (files: { cloudPath: string }[]) =>
  files.length > 5
    ? `${files.length}, from ${files[0]?.cloudPath} to ${files.at(-1)?.cloudPath}`
    : files.map(({ cloudPath }) => cloudPath).join(', ')

const md5 = (path: string) => createHash('md5').update(readFileSync(path)).digest('hex')

async function readStore(run: Run): Promise<Store | undefined> {
  const { Data } = await run.cloud.read<{ Data?: Store[] | null }>('tcb', 'DescribeStaticStore', {
    EnvId: run.cloud.envId,
  })
  return Data?.[0]
}

async function whenOnline(run: Run): Promise<Store> {
  for (let waited = 0; waited < mostWaits; waited++) {
    const store = await readStore(run)
    if (store?.Status === 'online') return store
    await run.cloud.pause(waitMs)
  }
  throw new Stopped('Static hosting was not ready after ten minutes. Run the same command again later.')
}

/** The MD5 hash of each file in static hosting, by file name. */
async function readFiles(run: Run): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  try {
    for (let marker = ''; ; ) {
      const page = (await run.cloud.sdk.hosting.findFiles({ prefix: '', maxKeys: 1000, marker })) as unknown as Page
      for (const { Key, ETag } of page.Contents) found.set(Key, ETag.replaceAll('"', ''))
      if (String(page.IsTruncated) !== 'true' || !page.NextMarker) return found
      marker = page.NextMarker
    }
  } catch (error) {
    throw run.cloud.explain(error, 'cos', 'GetBucket')
  }
}

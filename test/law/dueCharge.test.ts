// Tests the part of docs/architecture.md that lists the files of one due charge: records in which files a charge really
// runs code, and compares these files with the list.
import { Session } from 'node:inspector/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { workDueContracts } from '../../cloudfunctions/shared/usecases/due/workDueContracts'
import { beijing, minute, openClub } from '../support/club'
import { pathsOf, read, root } from '../support/markdown'

const shared = 'cloudfunctions/shared/'
const section =
  read('docs/architecture.md')
    .split(/^## /m)
    .find((one) => one.startsWith('The walk of one due charge\n')) ?? ''
/** The files in the page's numbered list. Each of these files decides or writes something. */
const deciding = [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path = '']) => path)
/** All files that the page names. The page writes their paths without `cloudfunctions/shared/`, so add this folder. */
const named = pathsOf(section)
  .filter((path) => path.endsWith('.ts') && !path.startsWith('test/'))
  .map((path) =>
    path.startsWith('cloudfunctions/') ? path : shared + path.replace(/^(?=(?:platform|due|settle)\/)/, 'usecases/'),
  )

/** Runs the work, and returns the files below cloudfunctions/shared/ in which the work ran at least one function. */
async function filesEntered(work: () => Promise<unknown>): Promise<string[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  // Reading the coverage once resets it, so that functions which ran before the work do not count.
  await session.post('Profiler.takePreciseCoverage')
  await work()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  session.disconnect()
  return result
    .map(({ url, functions }) => ({
      path: relative(root, url.startsWith('file:') ? fileURLToPath(url) : url),
      run: functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0).map(({ functionName }) => functionName),
    }))
    .filter(({ path, run }) => {
      if (!path.startsWith(shared)) return false
      const text = read(path)
      // The compiler adds functions with the names of exported constants. Such a function runs when a constant is read,
      // and reading a constant does not count as running code of the file.
      return run.some((name) =>
        new RegExp(`\\bfunction ${name}\\b|\\bconst ${name}\\b[^=]*= (?:async )?[(<]`).test(text),
      )
    })
    .map(({ path }) => path)
}

it('one due charge enters at most eight files that decide or write, and only files that the page names', async () => {
  const club = openClub(beijing('2026-03-02T10:00:00'))
  const contractNo = await club.subscribe()
  const entered = await filesEntered(() => workDueContracts(club.ctx, () => true))
  const [charge] = club.contract(contractNo).charges
  club.now += minute / 2
  expect(await club.notifyDebit(`${charge?.orderNo}01`)).toBe(true)
  club.now += minute
  entered.push(...(await filesEntered(() => workDueContracts(club.ctx, () => true))))
  expect(club.contract(contractNo).charges).toMatchObject([{ state: 'paid' }])

  expect(entered.filter((path) => !named.includes(path))).toEqual([])
  // The last file of the numbered list is the provider. The test uses a fake provider instead, so the charge must run
  // code in every other file of the list.
  const [provider, ...ours] = [...deciding].reverse()
  expect(provider).toMatch(/^cloudfunctions\/shared\/providers\/\w+\/index\.ts$/)
  expect(ours.filter((path) => !entered.includes(path))).toEqual([])
  expect(deciding.length).toBeLessThanOrEqual(8)
})

it('only the numbered files write or call the provider', () => {
  const others = named.filter((path) => path.startsWith(shared) && !deciding.includes(path))
  const inside = others.filter((path) => !/usecases\/(contracts|settle)\//.test(path))
  expect(
    inside.filter((path) => /\bdb\.(change|insert|insertAll|remove)\b|\.contracts\.\w+\(/.test(read(path))),
  ).toEqual([])
})

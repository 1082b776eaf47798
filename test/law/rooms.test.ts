// Tests the folder structure: no folder has too many files, few imports connect the folders of usecases/, and all code
// keeps the import rules of .dependency-cruiser.cjs. importLaw.test.ts tests the rules themselves.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')
const mostFiles = 20
const mostArrows = 25

interface Cruised {
  modules: { source: string; dependencies: { resolved: string }[] }[]
  summary: { violations: { from: string; to: string; rule: { name: string } }[] }
}

let cruised: Cruised

// A long limit, because reading about seven hundred files is slow on a busy machine.
beforeAll(() => {
  const places = ['cloudfunctions', 'miniprogram', 'packages', 'test', 'tools', 'typings']
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/depcruise'), ['--output-type', 'json', ...places], options)
  cruised = JSON.parse(stdout) as Cruised
}, 300_000)

const isSource = (name: string): boolean => /\.(ts|cjs|wxml|wxss|wxs)$/.test(name)

/** Counts the source files that lie directly in a folder, for this folder and for each folder inside it. */
function crowds(place: string): [folder: string, files: number][] {
  const entries = readdirSync(join(root, place), { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && isSource(entry.name)).length
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !/^(node_modules|miniprogram_npm|dist)$/.test(entry.name),
  )
  return [[place, files], ...folders.flatMap(({ name }) => crowds(join(place, name)))]
}

it('all code keeps the import rules, and has no import cycle', () => {
  const { modules, summary } = cruised
  expect(modules.length).toBeGreaterThan(300)
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([])
})

it(`no folder has more than ${mostFiles} source files, tests and tools included`, () => {
  const places = ['cloudfunctions', 'miniprogram', 'packages', 'test', 'tools', 'typings', 'web']
  const crowded = places.flatMap(crowds).filter(([, files]) => files > mostFiles)
  expect(crowded).toEqual([])
})

it(`there are at most ${mostArrows} imports between the folders of usecases/`, () => {
  const roomOf = (path: string): string | undefined => /^cloudfunctions\/shared\/usecases\/([^/]+)\//.exec(path)?.[1]
  const arrows = new Set<string>()
  for (const { source, dependencies } of cruised.modules)
    for (const { resolved } of dependencies) {
      const [from, to] = [roomOf(source), roomOf(resolved)]
      if (from !== undefined && to !== undefined && from !== to) arrows.add(`${from} -> ${to}`)
    }
  expect(arrows.size).toBeGreaterThan(5)
  expect([...arrows].sort().slice(mostArrows)).toEqual([])
})

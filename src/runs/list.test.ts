import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { browserMissing, openTab } from '../../test/browser.ts'
import { glasshouse } from '../../test/command-line.ts'
import { gate } from '../../test/thorough.ts'
import { createWork } from '../base/work.ts'
import { exampleRecord } from './fixtures/record.ts'
import { createRunMemory, listRuns } from './list.node.ts'
import { lockFolder } from './lock.node.ts'
import type { RunRecord } from './record.ts'

const work = createWork()

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-runs-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

const recordOf = (more: Partial<RunRecord>): RunRecord => ({ ...exampleRecord(), ...more })
const byName = async (folder: string) => new Map((await listRuns(folder, work)).map(run => [run.name, run]))

describe('the runs in a folder', () => {
  const epochs = [0.1, 0.4, 0.7]
    .map((accuracy, epoch) => JSON.stringify({ kind: 'epoch', epoch, step: epoch, accuracy, seconds: 1 }))
    .join('\n')

  test('trainings at any depth, and the results of other commands', async () => {
    const folder = folderWith({
      'a/run.json': recordOf({ status: 'finished', epochs: 2, best: { epoch: 2, score: 0.7 } }),
      'a/log.ndjson': `${epochs}\n{"kind":"epo`,
      'a/result.json': { command: 'train', metrics: {} },
      'sweep/result.json': { command: 'sweep', metrics: {} },
      'sweep/runs/b/run.json': recordOf({ status: 'stopped', epochs: 0, best: undefined }),
      'scores/result.json': {
        command: 'evaluate',
        parameters: { data: 'x/y' },
        metrics: { recall: { 1: 0.25 } },
      },
      'node_modules/c/result.json': { command: 'train' },
      'notes.txt': 'nothing',
    })
    const runs = await byName(folder)
    expect([...runs.keys()].sort()).toEqual(['a', 'scores', 'sweep', 'sweep/runs/b'])
    expect(runs.get('a')).toMatchObject({ command: 'train', score: 0.7, epochs: 2, curve: [0.1, 0.4, 0.7] })
    expect(runs.get('sweep/runs/b')).toMatchObject({ state: 'stopped', score: undefined })
    expect(runs.get('scores')).toMatchObject({ data: 'x/y', score: 0.25, measure: 'recall at 1' })
  })

  test('a training whose process is gone is interrupted, one that holds its folder is running', async () => {
    const folder = folderWith({ 'a/run.json': recordOf({ status: 'running' }) })
    expect((await byName(folder)).get('a')!.state).toBe('interrupted')
    const lock = await lockFolder(join(folder, 'a'))
    expect((await byName(folder)).get('a')!.state).toBe('running')
    lock.release()
  })

  test('a training that has begun is read once as long as its files stay as they are', async () => {
    const folder = folderWith({
      'a/run.json': recordOf({ status: 'running', net: 'small' }),
      'a/log.ndjson': epochs,
    })
    const path = join(folder, 'a', 'run.json')
    const memory = createRunMemory()
    const listed = async () => (await listRuns(folder, work, memory))[0]
    const at = (seconds: number) => utimesSync(path, seconds, seconds)
    at(1000)
    expect(await listed()).toMatchObject({ state: 'interrupted', net: 'small' })
    // Another text of the same length at the same time is not noticed: nobody has read it.
    writeFileSync(path, JSON.stringify(recordOf({ status: 'running', net: 'SMALL' })))
    at(1000)
    const lock = await lockFolder(join(folder, 'a'))
    expect(await listed()).toMatchObject({ state: 'running', net: 'small' })
    lock.release()
    expect(await listed()).toMatchObject({ state: 'interrupted', net: 'small' })
    at(2000)
    expect(await listed()).toMatchObject({ state: 'interrupted', net: 'SMALL' })
  })

  test.each([
    ['a record that is cut', { 'a/run.json': '{"format": 1' }],
    ['a record of something else', { 'a/run.json': { format: 2 } }],
    ['a result that is a list', { 'a/result.json': [] }],
    ['an empty result', { 'a/result.json': '' }],
  ])('%s is listed as damaged, with what is wrong', async (_, files) => {
    const found = (await byName(folderWith(files))).get('a')!
    expect(found.state).toBe('damaged')
    expect(found.fault).toBeTruthy()
  })

  test.runIf(gate)('a thousand runs of a sweep are listed', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `runs/${index}/run.json`,
        recordOf({ epochs: index % 7, best: undefined }),
      ]),
    )
    const runs = await listRuns(folderWith(files), work)
    expect(runs.filter(({ state }) => state === 'finished')).toHaveLength(1000)
  })
})

describe('the command', () => {
  const files = {
    'fair/run.json': recordOf({ status: 'finished', best: { epoch: 1, score: 0.5 } }),
    'best/run.json': recordOf({ status: 'finished', best: { epoch: 1, score: 0.9 } }),
    'best/index.html': '<title>the best</title>',
    'other/result.json': { command: 'cam' },
  }

  test('lists them and writes a page beside them', async () => {
    const folder = folderWith(files)
    const { code, stdout } = await glasshouse('runs', folder, '--json')
    expect(code).toBe(0)
    const { metrics } = JSON.parse(stdout)
    expect(metrics.runs.map(({ name }: { name: string }) => name).sort()).toEqual(['best', 'fair', 'other'])
  })

  test('leaves the page of a sweep alone', async () => {
    const folder = folderWith({ ...files, 'result.json': { command: 'sweep' }, 'index.html': 'the sweep' })
    const { stdout } = await glasshouse('runs', folder)
    expect(stdout).toContain(join(folder, 'runs.html'))
  })

  test('a folder that is missing is named', async () => {
    const { code, errors } = await glasshouse('runs', '/missing/folder')
    expect(code).toBe(2)
    expect(errors[0]).toContain('/missing/folder')
  })

  test.skipIf(!gate || browserMissing)('its page sorts, filters and leads to the pages of runs', async () => {
    const folder = folderWith(files)
    await glasshouse('runs', folder)
    const tab = await openTab()
    await tab.goto(pathToFileURL(join(folder, 'index.html')).href)
    const names = () => tab.locator('.sortable tbody tr:visible td:first-child').allInnerTexts()
    await tab.getByRole('button', { name: 'score' }).click()
    expect(await names()).toEqual(['fair', 'best', 'other'])
    await tab.getByRole('button', { name: 'score' }).click()
    expect(await names(), 'what has no score stays last').toEqual(['best', 'fair', 'other'])
    await tab.getByRole('searchbox').fill('train 90')
    expect(await names()).toEqual(['best'])
    expect(await tab.getByRole('status').innerText()).toBe('1 of 3')
    await tab.getByRole('link', { name: 'best' }).click()
    expect(await tab.title()).toBe('the best')
    await tab.context().close()
  })
})

/** A list of very many runs is there at once, as far as it was read, and whole a little later. */
import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleRecord } from '../runs/fixtures/record.ts'
import { createCatalogue } from './run-catalogue.ts'

function folderOf(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-catalogue-'))
  for (let run = 0; run < count; run++) {
    const place = join(folder, `run-${run}`)
    mkdirSync(place)
    writeFileSync(join(place, 'run.json'), JSON.stringify(exampleRecord({})))
    writeFileSync(join(place, 'log.ndjson'), '')
    // In the order of folders the latest stand anywhere.
    utimesSync(join(place, 'log.ndjson'), 1e9, 1e9 + ((run * 77) % count))
  }
  return folder
}
const signal = new AbortController().signal
const numberOf = (name: string) => Number(name.split('-')[1])

test('what was read in time comes first, then all, the latest first', async () => {
  const { list, soon } = createCatalogue(folderOf(40), { signal })
  const early = await soon(0)
  expect(early.isWhole).toBe(false)
  expect(early.runs.length).toBeLessThan(40)
  const all = await list()
  expect(all.length).toBe(40)
  // A later listing that takes too long answers with the one before.
  expect((await soon(0)).runs.length).toBe(40)
  expect(await soon(60_000)).toEqual({ runs: all, isWhole: true })
})

test('of very many, the latest are there first, and nobody waits for the others', async () => {
  const count = 200
  const { soon, list } = createCatalogue(folderOf(count), { signal })
  const { runs, isWhole } = await soon(60_000)
  expect(isWhole).toBe(false)
  expect(runs.length).toBeGreaterThanOrEqual(60)
  for (const { name } of runs) expect((numberOf(name) * 77) % count).toBeGreaterThanOrEqual(count / 2)
  expect((await list()).length).toBe(count)
})

test('what an earlier studio read is there before anything is read again', async () => {
  const folder = folderOf(100)
  const file = join(folder, '.runs.json')
  const before = await createCatalogue(folder, { signal }, file).list()
  const { runs, isWhole } = await createCatalogue(folder, { signal }, file).soon(60_000)
  expect([runs, isWhole]).toEqual([before, false])
})

/** A list of very many runs is there at once, as far as it was read, and whole a little later. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleRecord } from '../runs/fixtures/record.ts'
import { createCatalogue } from './run-catalogue.ts'

test('what was read in time comes first, then all, the latest first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-catalogue-'))
  for (let run = 0; run < 40; run++) {
    mkdirSync(join(folder, `run-${run}`))
    writeFileSync(join(folder, `run-${run}`, 'run.json'), JSON.stringify(exampleRecord({})))
    writeFileSync(join(folder, `run-${run}`, 'log.ndjson'), '')
  }
  const { list, soon } = createCatalogue(folder, { signal: new AbortController().signal })
  const early = await soon(0)
  expect(early.isWhole).toBe(false)
  expect(early.runs.length).toBeLessThan(40)
  const all = await list()
  expect(all.length).toBe(40)
  // A later listing that takes too long answers with the one before.
  expect((await soon(0)).runs.length).toBe(40)
  expect(await soon(60_000)).toEqual({ runs: all, isWhole: true })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../base/files.node.ts'
import { namesOfRuns } from './embedding-run.ts'
import { exampleRecord } from './fixtures/record.ts'
import { recordFile } from './folder.node.ts'
import { openEmbeddingRun } from './open-embedding-run.node.ts'
import { tripletsName } from './record.ts'
import { writeTriplets } from './triplets.node.ts'

const record = exampleRecord()

const triplets = {
  positive: Float32Array.of(0.9, -1, 0.25),
  negative: Float32Array.of(0.5, 0.5, -1),
  positiveIndex: Int32Array.of(2, -1, 0),
  negativeIndex: Int32Array.of(1, 0, -1),
}

describe('the epochs of an embedding', () => {
  let folder: string
  const open = (source: string) => openEmbeddingRun(source, async () => undefined)
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glasshouse-run-'))
    await writeFile(recordFile(folder), JSON.stringify(record))
    await makeFolder(join(folder, 'triplets'))
    for (const epoch of [0, 1, 2])
      await writeTriplets(folder, tripletsName(epoch, 'test'), Int32Array.of(3, 5, 8), triplets)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('has the epochs and splits that the run kept', async () => {
    const run = await open(folder)
    expect(run.epochs).toEqual([0, 1, 2])
    expect(run.splits).toEqual(['test'])
    expect((await open(`${folder}@1`)).epochs).toEqual([0, 1])
  })

  it('gives triplets by positions in the data set, as they were written', async () => {
    const run = await open(folder)
    expect(await run.triplets(2, 'test')).toEqual({
      epoch: 2,
      anchor: Int32Array.of(3, 5, 8),
      positive: Int32Array.of(8, -1, 3),
      negative: Int32Array.of(5, 3, -1),
      positiveSimilarity: triplets.positive,
      negativeSimilarity: triplets.negative,
    })
  })

  it('is refused for an epoch that was not kept, a classifier, no run, and damaged files', async () => {
    await expect(open(`${folder}@3`)).rejects.toThrow('no triplets of epoch 3')
    await expect(open(join(folder, 'none'))).rejects.toThrow('there is no run here')
    const damaged = await mkdtemp(join(tmpdir(), 'glasshouse-run-'))
    await writeFile(recordFile(damaged), JSON.stringify(record))
    await expect(open(damaged)).rejects.toThrow('the run has kept no triplets')
    await makeFolder(join(damaged, 'triplets'))
    await writeFile(join(damaged, tripletsName(0, 'train')), 'nothing of the kind')
    await expect((await open(damaged)).triplets(0, 'train')).rejects.toThrow('the triplets cannot be read')
    await writeFile(
      recordFile(damaged),
      JSON.stringify({ ...record, head: { kind: 'classes', classes: ['daisy'] } }),
    )
    await expect(open(damaged)).rejects.toThrow('this run trained a classifier')
    await rm(damaged, { recursive: true })
  })
})

describe('names of runs', () => {
  const run = (changes: object, source = 'runs/a') => ({ record: { ...record, ...changes }, source })
  it('say the objective, and else only what differs', () => {
    const options = (order: number) => ({ objectiveOptions: { order, temperature: 0.1 } })
    expect(namesOfRuns([run({})])).toEqual(['epshn'])
    expect(namesOfRuns([run(options(1)), run(options(2))])).toEqual(['epshn, order 1', 'epshn, order 2'])
    expect(namesOfRuns([run({}), run({ objective: 'ep', objectiveOptions: {}, seed: 1 })])).toEqual([
      'epshn, seed 0',
      'ep, seed 1',
    ])
  })
  it('end with the source where nothing differs', () => {
    expect(namesOfRuns([run({}), run({}, 'runs/b')])).toEqual(['epshn (runs/a)', 'epshn (runs/b)'])
  })
})

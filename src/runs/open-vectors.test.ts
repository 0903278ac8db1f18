import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeVectors } from '../embedding/vectors.node.ts'
import { recordFile } from './folder.node.ts'
import { openVectors } from './open-vectors.node.ts'
import { embeddingsName } from './record.ts'

const vectors = {
  ids: Int32Array.of(0, 1),
  paths: ['a.png', 'b.png'],
  labels: ['a', 'b'],
  dim: 2,
  data: Float32Array.of(1, 0, 0, 1),
}

describe('VECTORS', () => {
  let run: string
  beforeAll(async () => {
    run = await mkdtemp(join(tmpdir(), 'glasshouse-run-'))
    await writeFile(recordFile(run), '{}')
    await writeVectors(join(run, embeddingsName(7, 'test')), vectors)
  })
  afterAll(() => rm(run, { recursive: true }))

  it('are those of a run at an epoch', async () => {
    expect(await openVectors(`${run}@7:test`)).toEqual(vectors)
  })

  it('are a file', async () => {
    expect(await openVectors(join(run, embeddingsName(7, 'test')))).toEqual(vectors)
  })

  it('are refused where the run has none, or where the epoch is not said', async () => {
    await expect(openVectors(`${run}@8:test`)).rejects.toThrow('no vectors of the test split at epoch 8')
    await expect(openVectors(run)).rejects.toThrow('this is a run, not a file of vectors')
    await expect(openVectors(join(run, 'none@7:test'))).rejects.toThrow('no such file')
  })
})

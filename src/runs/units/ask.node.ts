/**
 * Runs of a sweep and shards of vectors, carried out elsewhere: whoever takes units, the workers of a queue or the jobs of
 * Slurm, is a `Submitter`, and all else is the same.
 */
import { dirname, resolve } from 'node:path'
import { mapConcurrently } from '../../base/concurrent.ts'
import { GlasshouseError } from '../../base/errors.ts'
import { inStage, note, type Work } from '../../base/work.ts'
import { stemOfShard } from '../../embedding/shard-name.ts'
import { nameOfShard, type ShardManifest } from '../../embedding/vector-shards.node.ts'
import type { ModelWishes } from '../../runtime/context.ts'
import type { Runner, RunTask } from '../sweep/runner.ts'
import type { UnitEnd } from './carry-out.node.ts'
import { wholeName } from './names.node.ts'
import { readUnit, type Unit } from './unit.ts'

export type AskedEnd = (UnitEnd | { status: 'failed'; error: string }) & { attempts: number }

export interface Submitter {
  /** resolves when the unit has ended; rejects only where the work is stopped, or nobody can take units */
  ask(unit: Unit): Promise<AskedEnd>
  close(): Promise<void>
}

/** A run of a sweep; `threads` is that of the sweep, as in its own processes. */
export function runUnit({
  folder,
  name,
  data,
  seed,
  threads,
  asked,
}: Pick<RunTask, 'folder' | 'name' | 'data' | 'seed' | 'threads' | 'asked'>): Unit {
  const named = Object.fromEntries(
    Object.entries(asked).map(([key, value]) => [
      key,
      (key === 'net' || key === 'weights') && typeof value === 'string' ? wholeName(value) : value,
    ]),
  )
  const out = resolve(dirname(dirname(folder)))
  return readUnit({ kind: 'run', folder: out, name, data: resolve(data), seed, threads, asked: named })
}

export const unitRunner = (submitter: Submitter): Runner => ({
  ownFolders: true,
  async run(task, { signal }) {
    const unit = runUnit(task)
    try {
      return await submitter.ask(unit)
    } catch (error) {
      if (signal.aborted) return { status: 'waiting' }
      throw error
    }
  },
})

export interface ShardsAsked {
  /** of all shards */
  folder: string
  manifest: ShardManifest
  model: string
  data: string
  strict: boolean
  split: 'train' | 'val' | 'test' | 'all'
  seed: number
  threads: number
  /** names of classes do not change vectors, and are not handed on */
  wishes: ModelWishes
  /** units that are asked for at once; all unless given */
  atMost?: number
}

export function shardUnit(asked: ShardsAsked, index: number): Unit {
  const { folder, manifest, model, data, strict, split, seed, threads, wishes } = asked
  return readUnit({
    kind: 'shard',
    folder: resolve(folder),
    model: wholeName(model),
    data: resolve(data),
    seed,
    threads,
    layer: manifest.model.layer,
    split,
    batch: manifest.batch,
    strict,
    shard: manifest.shard,
    index,
    content: nameOfShard(manifest, index),
    wishes: {
      ...(wishes.output !== undefined && { output: wishes.output }),
      ...(wishes.as !== undefined && { as: wishes.as }),
    },
  })
}

/** Has the workers make these shards. @throws GlasshouseError 'unit-failed' where some were set aside, once all have ended */
export async function askForShards(
  work: Work,
  submitter: Submitter,
  asked: ShardsAsked,
  indices: readonly number[],
): Promise<{ attempts: number }> {
  const { folder } = asked
  const ends = await inStage(work, 'shards', indices.length, async update => {
    let ended = 0
    const make = async (index: number) => {
      const end = await submitter.ask(shardUnit(asked, index))
      if (end.status === 'failed') note(work, `${stemOfShard(index)} failed: ${end.error}`)
      update(++ended, stemOfShard(index))
      return { index, end }
    }
    return mapConcurrently(indices, Math.min(asked.atMost ?? indices.length, indices.length), make, { work })
  })
  const attempts = ends.reduce((sum, { end }) => sum + end.attempts, 0)
  const failed = ends.filter(({ end }) => end.status === 'failed')
  if (failed.length === 0) return { attempts }
  const [{ index, end }] = failed
  throw new GlasshouseError({
    code: 'unit-failed',
    what: `${failed.length} of ${indices.length} shards were set aside`,
    where: folder,
    got: `${stemOfShard(index)}: ${end.status === 'failed' ? end.error : ''}`,
    fault: 'machine',
    hint: 'Run the same line again to try them once more',
  })
}

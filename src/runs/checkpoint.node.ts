/** The last checkpoint of a run: all tensors of the step, and where the loop stands. Replaced atomically. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, writeInside } from '../base/files.node.ts'
import type { Tensor } from '../graph/tensor.ts'
import { beginning, type Position } from '../training/loop.ts'
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.ts'
import { lastCheckpoint } from './record.ts'

export async function writeCheckpoint(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  { epoch, stepInEpoch, lossSum }: Readonly<Position>,
): Promise<void> {
  const metadata = { epoch: String(epoch), stepInEpoch: String(stepInEpoch), lossSum: String(lossSum) }
  await writeInside(folder, lastCheckpoint, encodeSafetensors(tensors, metadata))
}

/**
 * The last checkpoint; undefined where the run was stopped before its first. The sums of what the objective watches are
 * not in it: they are in the log.
 */
export async function readCheckpoint(
  folder: string,
): Promise<{ tensors: Map<string, Tensor>; position: Position } | undefined> {
  const path = join(folder, lastCheckpoint)
  if (!existsSync(path)) return undefined
  const bytes = await readFile(path).catch(error => {
    throw fileError(error, path)
  })
  const { tensors, metadata } = decodeSafetensors(bytes, path)
  const number = (key: string, isRight: (value: number) => boolean): number => {
    const value = Number(metadata[key])
    if (metadata[key] !== undefined && isRight(value)) return value
    throw new GlasshouseError({
      code: 'bad-checkpoint',
      what: `the checkpoint does not say its ${key}`,
      where: path,
      got: metadata[key],
      hint: 'Resume only works from a checkpoint that train has written',
    })
  }
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0
  return {
    tensors,
    position: {
      ...beginning(),
      epoch: number('epoch', isCount),
      stepInEpoch: number('stepInEpoch', isCount),
      lossSum: number('lossSum', Number.isFinite),
    },
  }
}

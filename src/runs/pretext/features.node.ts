/** Pooled features of a network for all images of a pretext task, in all forms. */
import { centrePictures } from '../../data/prepare/prepare.ts'
import { type FillPicture, forward } from '../../models/forward.ts'
import type { Network } from '../../nets/network.ts'
import type { Context } from '../../runtime/context.ts'
import type { TrainingData } from '../training-data.node.ts'

export interface PooledFeatures {
  dim: number
  /** the rows of some images, one after the other */
  of(indices: ArrayLike<number>): Float32Array
}

export async function pooledFeatures(
  context: Context,
  network: Network,
  { store, labels }: TrainingData,
  stage: string,
): Promise<PooledFeatures> {
  const engine = await context.engine()
  const all = Int32Array.from(labels.keys())
  const fill: FillPicture = centrePictures(store, all, network.preprocessing)
  const { pooled } = await forward(engine, network, all.length, fill, ({ pooled }) => ({ pooled }), {
    work: context,
    stage,
  })
  const dim = pooled.length / all.length
  return {
    dim,
    of(indices) {
      const rows = new Float32Array(indices.length * dim)
      for (let row = 0; row < indices.length; row++)
        rows.set(pooled.subarray(indices[row] * dim, (indices[row] + 1) * dim), row * dim)
      return rows
    },
  }
}

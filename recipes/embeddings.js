// The vectors that the recipes of yoked t-SNE lay out: ResNet50 trained by N-pair on the cars, before training (-1)
// and after epochs 0, 10 and 19, of the 98 classes that it has seen and of the 98 that it has not.
//
//   node recipes/NAME.js --data VECTORS [--size small|full] [--out DIR] [--threads N]
//
// VECTORS is the folder car196_npair_2map: NAME_tra_f16.npy, NAME_val_f16.npy, tra_labels.npy, val_labels.npy.
// small: every fourth class, about 2,000 points, a minute; full: all of them.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readVectors, writeVectors } from '../dist/embedding/vectors.node.js'
import { data, fail, out, size } from './setting.js'

const every = { small: 4, full: 1 }

async function read(name, split) {
  if (!data || !existsSync(join(data, `${split}_labels.npy`)))
    fail('name the folder of the vectors: --data car196_npair_2map')
  const vectors = await readVectors(join(data, `${name}_${split}_f16.npy`), {
    labels: join(data, `${split}_labels.npy`),
  })
  const rows = Array.from(vectors.ids.keys()).filter(row => Number(vectors.labels[row]) % every[size] === 0)
  return {
    labels: rows.map(row => `${split === 'tra' ? 'seen' : 'unseen'} ${vectors.labels[row]}`),
    paths: rows.map(row => `${split}/${row}`),
    dim: vectors.dim,
    rows: rows.map(row => vectors.data.subarray(row * vectors.dim, (row + 1) * vectors.dim)),
  }
}

/** A file of the vectors of an embedding: `unseen`, `seen`, or both one after another. */
export async function embedding(name, which, title) {
  const splits = { unseen: ['val'], seen: ['tra'], both: ['tra', 'val'] }[which]
  const parts = await Promise.all(splits.map(split => read(name, split)))
  const rows = parts.flatMap(part => part.rows)
  const [{ dim }] = parts
  const vectors = Float32Array.from(
    { length: rows.length * dim },
    (_, at) => rows[Math.floor(at / dim)][at % dim],
  )
  mkdirSync(out, { recursive: true })
  const path = join(out, `${title}.arrow`)
  await writeVectors(path, {
    ids: Int32Array.from(rows.keys()),
    labels: parts.flatMap(part => part.labels),
    paths: parts.flatMap(part => part.paths),
    dim,
    data: vectors,
  })
  return path
}

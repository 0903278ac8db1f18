/** Vectors with their labels as numbers: held, or read again whenever they are needed where they would fill the memory. */
import { GlasshouseError } from '../base/errors.ts'
import { requireFinite, type Vectors } from '../embedding/retrieval.ts'
import type { LabelledRows } from '../embedding/streamed-retrieval.ts'
import { isShardFolder, joinShards, readManifest, readShards } from '../embedding/vector-shards.node.ts'
import { labelsFor } from '../embedding/vectors.node.ts'
import { openVectors } from './open-vectors.node.ts'

export interface LabelledVectors extends LabelledRows {
  labels: Int32Array
  /** all of them at once; reads them where they are not held */
  held(): Promise<Vectors>
  isHeld: boolean
}

export interface LabelWishes {
  /** labels of vectors that carry none */
  file?: string
  /** the option that gives them */
  flag: string
  /** of the labels; the same name has the same number wherever it stands */
  numbers: Map<string, number>
  /** bytes up to which a folder of shards is held; a file is in any case */
  mostHeld: number
}

export async function openLabelled(source: string, wishes: LabelWishes): Promise<LabelledVectors> {
  if (isShardFolder(source)) {
    const { images, dim } = await readManifest(source)
    if (4 * images * dim > wishes.mostHeld) return openShards(source, dim, wishes)
  }
  const { data, dim, labels: names } = await openVectors(source, { labels: wishes.file })
  const { take, end } = numbering(source, wishes)
  take(names ?? [])
  const labels = end()
  return { dim, labels, blocks: () => [data], held: async () => ({ data, dim, labels }), isHeld: true }
}

/** Labels are held; vectors are looked at once, and then forgotten. */
async function openShards(source: string, dim: number, wishes: LabelWishes): Promise<LabelledVectors> {
  const { take, end } = numbering(source, wishes)
  let rows = 0
  for await (const { data, ids, labels } of readShards(source)) {
    requireFinite(data, dim, source, rows)
    rows += ids.length
    if (wishes.file === undefined) take(labels ?? [])
  }
  if (wishes.file !== undefined) take(await labelsFor(source, wishes.file, rows))
  const labels = end()
  return {
    dim,
    labels,
    async *blocks() {
      for await (const { data } of readShards(source, false)) yield data
    },
    held: async () => ({ data: (await joinShards(source)).data, dim, labels }),
    isHeld: false,
  }
}

/** Puts numbers in the place of labels. */
function numbering(source: string, { flag, numbers }: LabelWishes) {
  const found: number[] = []
  let firstMissing = -1
  let named = 0
  return {
    take(names: readonly string[]): void {
      for (const name of names) {
        if (name === '' && firstMissing < 0) firstMissing = found.length
        if (name !== '') named++
        if (!numbers.has(name)) numbers.set(name, numbers.size)
        found.push(numbers.get(name)!)
      }
    },
    end(): Int32Array {
      if (named === 0)
        throw new GlasshouseError({
          code: 'labels-missing',
          what: 'the vectors carry no labels',
          where: source,
          hint: `Give them with ${flag} FILE`,
        })
      if (firstMissing >= 0)
        throw new GlasshouseError({
          code: 'labels-missing',
          what: 'some vectors carry no label',
          where: `${source}, vector ${firstMissing}`,
          hint: `Leave them out, or give labels with ${flag} FILE`,
        })
      return Int32Array.from(found)
    },
  }
}

/**
 * Features: what a frozen layer gives for every image of a data set, computed once and kept in the cache, under a
 * hash of the images, the preprocessing, the layer and every parameter that it depends on.
 */
import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import { version } from '../base/version.node.ts'
import { decoderVersions } from '../data/decode.node.ts'
import { cachedRows } from '../data/row-cache.node.ts'
import type { LayerName, Value } from '../graph/graph.ts'
import { sizeOf } from '../graph/tensor.ts'
import { type FillPicture, type ForwardOptions, forwardBatches } from '../models/forward.ts'
import { type BuiltNetwork, buildOutline, layerNamed, type Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'
import { frozenParameters } from './freezing.ts'

export interface Features {
  readonly layer: LayerName
  /** of one image */
  readonly shape: readonly number[]
  /** copies the features of an image into `target` from `offset` on */
  read(index: number, target: Float32Array, offset: number): void
  close(): void
}

export interface FeatureSource {
  /** of the images, their order and their stored size */
  fingerprint: string
  count: number
  fill: FillPicture
}

/** The features of all images of a source: from the cache, or computed now. */
export async function openFeatures(
  engine: Engine,
  network: Network,
  layer: LayerName,
  source: FeatureSource,
  options: ForwardOptions = {},
): Promise<Features> {
  const asked = { layers: [layer], what: layer, pick: (built: BuiltNetwork) => layerNamed(built, layer) }
  return { layer, ...(await openOutputs(engine, network, asked, source, options)) }
}

/** What is made of some layers, for every image. */
export interface OutputRequest {
  /** the layers that it depends on */
  layers: readonly LayerName[]
  /** tells it from all else that is made of these layers */
  what: string
  /** (images, ...) */
  pick(built: BuiltNetwork): Value
}

/** The same of any values that follow from some layers. */
export async function openOutputs(
  engine: Engine,
  network: Network,
  { layers, what, pick }: OutputRequest,
  { fingerprint, count, fill }: FeatureSource,
  options: ForwardOptions = {},
): Promise<Omit<Features, 'layer'>> {
  const shape = pick(buildOutline(network)).shape.slice(1)
  const length = 4 * sizeOf(shape)
  const hash = createHash('sha256')
  // The version of glasshouse stands for how it builds and rewrites graphs.
  const made = `glasshouse ${version}, engine ${engine.version} on ${engine.device} in ${engine.threads} threads, ${decoderVersions}`
  hash.update(`2 ${endianness()} ${made} ${network.net} ${what} ${fingerprint}\n`)
  hash.update(JSON.stringify(network.preprocessing))
  const parameters = new Set(layers.flatMap(layer => [...frozenParameters(network, { freeze: layer })]))
  for (const name of [...parameters].sort()) {
    const { data } = network.parameters.get(name)!
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  const place = { kind: 'features', name: `${hash.digest('hex').slice(0, 40)}.f32`, count, length }
  const rows = await cachedRows(place, async write => {
    const pickOne = (built: BuiltNetwork) => ({ features: pick(built) })
    for await (const { start, rows, results } of forwardBatches(
      engine,
      network,
      count,
      fill,
      pickOne,
      options,
    )) {
      const { buffer, byteOffset, byteLength } = results.features
      const bytes = Buffer.from(buffer, byteOffset, byteLength)
      for (let row = 0; row < rows; row++)
        await write(start + row, bytes.subarray(row * length, (row + 1) * length))
    }
  })
  return {
    shape,
    read(index, target, offset) {
      const { buffer, byteOffset, byteLength } = rows.row(index)
      target.set(new Float32Array(buffer, byteOffset, byteLength / 4), offset)
    },
    close: rows.close,
  }
}

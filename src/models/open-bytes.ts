/** Opens models from bytes, wherever these come from: ONNX models and files of weights. */
import { decodeModel, type ExternalFiles } from '../graph/onnx/decode.ts'
import { architectures } from '../nets/architectures.ts'
import { headAsAsked } from '../nets/head-guess.ts'
import { parameterSpecs } from '../nets/network.ts'
import type { ModelWishes } from '../runtime/context.ts'
import type { OpenEngine } from '../runtime/engine.ts'
import { decodeWeights } from '../weights/formats.ts'
import { looksLikeOnnx } from '../weights/onnx.ts'
import { describedBeside } from './description.ts'
import { exportedPlan } from './export.ts'
import { type OnnxFile, openOnnx } from './open-onnx.ts'
import { type Opened, openWeights } from './open-weights.ts'

export interface BytesOptions extends ModelWishes {
  /** what errors and figures call the model; 'model' unless given */
  name?: string
  /** the architecture that weights are for; recognised by their tensors unless given */
  net?: string
  /** of the parameters that the weights lack; default 0 */
  seed?: number
  /** contents of the files in which an ONNX model keeps large tensors, by the names that it gives */
  files?: ExternalFiles
  /** what `NAME.json` beside an ONNX model says: `preprocessing`, `classes`, `kind` */
  description?: unknown
}

/**
 * The content of an `.onnx`, `.safetensors`, `.pth` or `.pt` file.
 * @param engine runs an ONNX model once where its operators alone do not give all shapes
 */
export async function openModelBytes(
  bytes: Uint8Array,
  engine: OpenEngine,
  { name = 'model', net, files, description, ...options }: BytesOptions = {},
): Promise<Opened> {
  const beside = description === undefined ? undefined : { notes: [], ...describedBeside(description, name) }
  const opened =
    net === undefined && looksLikeOnnx(bytes)
      ? await openOnnxModel({ bytes, model: decodeModel(bytes, name, files), beside }, engine, options)
      : openWeights(decodeWeights(bytes, name), name, { net, seed: options.seed })
  const { network } = opened
  return network.foreign
    ? opened
    : { ...opened, network: { ...network, head: headAsAsked(network.head, options) } }
}

/** A model that was written here has the layer names of its architecture, unless it was changed on the way out. */
export async function openOnnxModel(
  file: OnnxFile,
  engine: OpenEngine,
  { seed, ...wishes }: ModelWishes & { seed?: number } = {},
): Promise<Opened> {
  const { metadata, initialisers, where } = file.model
  const plan = exportedPlan(metadata)
  const wanted = plan && architectures.has(plan.net) ? [...parameterSpecs(plan).keys()] : []
  const isOurs = wanted.length > 0 && wanted.every(name => initialisers.has(name))
  return plan && isOurs && wishes.output === undefined
    ? openWeights(decodeWeights(file.bytes, where), where, { net: plan.net, seed })
    : openOnnx(file, engine, wishes)
}

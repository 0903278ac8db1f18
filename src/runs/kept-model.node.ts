/**
 * What a run trains where it began with a model that someone else made: that model with a head of its own. The run
 * keeps a copy of it, so that its folder says all that there is to know.
 */
import { join } from 'node:path'
import { writeInside } from '../base/files.node.ts'
import { externalFiles } from '../graph/onnx/decode.ts'
import { readOnnx } from '../models/open-onnx.node.ts'
import { openOnnx } from '../models/open-onnx.ts'
import { isModelFile } from '../nets/architectures.ts'
import { initialParameters, type Network, type NetworkPlan } from '../nets/network.ts'
import type { OpenEngine } from '../runtime/engine.ts'
import { placeBeside, readBytes } from '../weights/file.node.ts'
import type { RunRecord } from './record.ts'

/** What a run's copy of a model is called. */
const keptModel = 'network.onnx'

/** Lays a copy of the model, and of the files beside it that hold its tensors, into a run's folder. */
export async function keepModel(path: string, folder: string): Promise<void> {
  const bytes = await readBytes(path)
  for (const name of externalFiles(bytes, path))
    await writeInside(folder, name, await readBytes(await placeBeside(path, name)))
  await writeInside(folder, keptModel, bytes)
}

/** The kept model, whose last linear layer makes way for a new one, or gets one behind it where it has none. */
export async function withNewHead(
  folder: string,
  { net, head, preprocessing }: NetworkPlan,
  seed: number,
  engine: OpenEngine,
): Promise<Network> {
  const { network } = await openOnnx(await readOnnx(join(folder, keptModel)), engine)
  const { foreign, parameters } = network
  const plan: NetworkPlan = { net, head, preprocessing, foreign: { ...foreign!, newHead: true } }
  const drawn = initialParameters(plan, seed)
  return {
    ...plan,
    parameters: new Map([...drawn].map(([name, start]) => [name, parameters.get(name) ?? start])),
  }
}

/** The plan of the network that a run in `folder` trains. */
export async function networkOf(record: RunRecord, folder: string, engine: OpenEngine): Promise<NetworkPlan> {
  const { net, head, preprocessing, outputStride } = record
  if (!isModelFile(net)) return { net, head, preprocessing, outputStride }
  const { parameters, ...plan } = await withNewHead(folder, record, record.seed, engine)
  return plan
}

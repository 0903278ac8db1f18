/** `model convert MODEL OUT`: a network as an ONNX model or as a file of weights; a file of weights as another. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import { sizeOf, type Tensor } from '../graph/tensor.ts'
import { openModelOf } from '../lenses/inputs.node.ts'
import { exportMetadata, networkModel } from '../models/export.ts'
import { parameterCount } from '../nets/costs.ts'
import { buildNetwork } from '../nets/network.ts'
import { readWeights } from '../weights/file.node.ts'
import { weightsFile } from '../weights/pulled-weights.node.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import { type CommandContext, defineCommand, type Outcome } from './command.ts'

export const modelConvert = defineCommand({
  name: 'model convert',
  summary: 'write a network as .onnx or .safetensors; any file of weights as .safetensors',
  description:
    'The ending of OUT says which. A file of weights by itself keeps its names, shapes and element types.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), NET[:WEIGHTS], or a .pth, .pt, .safetensors or .onnx file',
    },
    { name: 'file', kind: 'output', description: 'what to write: a .onnx or .safetensors file' },
  ],
  options: z.object({
    foldBn: z
      .boolean()
      .default(false)
      .describe('put batch normalisation into the convolutions before it (.onnx only)'),
    batch: z
      .string()
      .regex(/^([1-9]\d{0,4}|dynamic)$/, 'a number of images, or "dynamic"')
      .default('1')
      .describe('images at once: a number, or "dynamic" for any number (.onnx only)'),
    size: z
      .number()
      .int()
      .min(16)
      .max(4096)
      .optional()
      .describe('side of the images; the network’s own unless given (.onnx only)'),
  }),
  examples: [
    {
      line: 'model convert runs/train-1 seedlings.onnx --fold-bn --batch dynamic',
      does: 'For any ONNX runtime',
    },
    { line: 'model convert runs/train-1 seedlings.safetensors', does: 'Weights, under PyTorch’s names' },
    {
      line: 'model convert checkpoint.pth weights.safetensors',
      does: 'Nothing can run any more when it is read',
    },
  ],
  async run(context, { model: source, file }, { foldBn, batch, size }) {
    const ending = /\.(onnx|safetensors)$/i.exec(file)?.[1].toLowerCase()
    if (!ending) throw wrongEnding(file)
    const asked = [foldBn && '--fold-bn', batch !== '1' && '--batch', size && '--size'].filter(Boolean)
    if (ending === 'safetensors' && asked.length) throw notForWeights(String(asked[0]))
    const weights = weightsFile(source)
    // A model in ONNX is a network too, where one is asked for.
    const isNetwork = ending === 'onnx' && /\.onnx$/i.test(weights)
    const sources = [weights, source.slice(source.indexOf(':') + 1)]
    if (sources.some(path => resolve(path) === resolve(file))) throw ontoItself(file)
    const outcome =
      isFile(weights) && !isNetwork
        ? await convertWeights(weights, file, ending)
        : await convertNetwork(source, file, context, ending, {
            foldBatchNorm: foldBn,
            batch: batch === 'dynamic' ? batch : Number(batch),
            size,
          })
    context.made(file)
    return outcome
  },
})

async function convertNetwork(
  source: string,
  file: string,
  context: CommandContext,
  ending: string,
  options: Parameters<typeof networkModel>[1],
): Promise<Outcome> {
  const { network } = await openModelOf(source, context)
  const { graph } = buildNetwork(network, { batch: 1, size: options?.size })
  await writeFileAtomic(
    file,
    ending === 'onnx'
      ? networkModel(network, options)
      : encodeSafetensors(network.parameters, { format: 'pt', ...exportMetadata(network) }),
  )
  return made(file, [...graph.layers.keys()], parameterCount(graph.nodes))
}

async function convertWeights(weights: string, file: string, ending: string): Promise<Outcome> {
  if (ending === 'onnx') {
    throw new GlasshouseError({
      code: 'no-network',
      what: 'weights alone are not a network that could be written as ONNX',
      where: weights,
      hint: `Name the network that they are for: NET:${weights}`,
    })
  }
  const tensors = await readWeights(weights)
  await writeFileAtomic(file, encodeSafetensors(tensors, { format: 'pt' }))
  const layers = new Set([...tensors.keys()].map(name => name.replace(/\.?[^.]*$/, '')))
  return made(file, [...layers], [...tensors.values()].reduce(countFloats, 0))
}

const countFloats = (sum: number, { dtype, shape }: Tensor): number =>
  sum + (dtype.includes('float') ? sizeOf(shape) : 0)

function made(file: string, layers: readonly string[], parameters: number): Outcome {
  const bytes = statSync(file).size
  return {
    metrics: { layers, parameters, bytes },
    summary: `${file}: ${parameters.toLocaleString('en')} parameters, ${(bytes / 1e6).toFixed(1)} MB`,
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

const wrongEnding = (file: string): GlasshouseError =>
  new GlasshouseError({
    code: 'unknown-format',
    what: 'this is not a format that can be written',
    where: file,
    expected: 'a name that ends in .onnx or .safetensors',
  })

const ontoItself = (file: string): GlasshouseError =>
  new GlasshouseError({
    code: 'usage',
    what: 'the file would be written over itself',
    where: file,
    hint: 'Name another file',
  })

const notForWeights = (flag: string): GlasshouseError =>
  new GlasshouseError({
    code: 'usage',
    what: 'this concerns .onnx files only: a file of weights has no graph, and its names are the network’s',
    where: flag,
    hint: 'Leave it out, or write a .onnx file',
  })

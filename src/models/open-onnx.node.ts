/**
 * Opens an ONNX model that someone else made, as a network: finds its picture input and its output, and what is known
 * of its preprocessing and classes: from the model's metadata, from a file `NAME.json` beside `NAME.onnx`, or as is
 * usual for networks of ImageNet.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { imagenetStatistics } from '../data/store.ts'
import { decodeModel, externalFiles, type OnnxInput, type OnnxModel } from '../graph/onnx/decode.ts'
import { weightsOf } from '../graph/onnx/import.ts'
import { float32, sizeOf } from '../graph/tensor.ts'
import { buildForeign, type ForeignNetwork } from '../nets/foreign.ts'
import { imagenetClasses } from '../nets/imagenet-classes.ts'
import type { Head, Network, Preprocessing } from '../nets/network.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { probeTypes } from '../runtime/probe.ts'
import { readBytes } from '../weights/file.node.ts'
import { exportedPlan, preprocessingSchema } from './export.ts'

const description = z.strictObject({
  preprocessing: preprocessingSchema.partial().strict().optional(),
  /** names of the outputs of a classifier */
  classes: z.array(z.string()).optional(),
  kind: z.enum(['classes', 'embedding']).optional(),
})
type Description = z.infer<typeof description>

/** Side of the pictures where neither the file nor the user tells it. */
const usualSize = 224

export interface OnnxFile {
  bytes: Uint8Array
  model: OnnxModel
}

/** With the files beside it that it needs. */
export async function readOnnx(path: string): Promise<OnnxFile> {
  const bytes = await readBytes(path)
  const files = new Map<string, Uint8Array>()
  for (const name of externalFiles(bytes, path)) files.set(name, await readBytes(join(dirname(path), name)))
  return { bytes, model: decodeModel(bytes, path, files) }
}

/**
 * @throws GlasshouseError 'onnx-input' where the model takes something else than pictures, 'onnx-output' where it gives
 * something else than one vector per picture, 'onnx-description' where the file beside it is not as it should be,
 * 'onnx-engine' where the engine cannot run what the operators do not tell of
 */
export async function openOnnx({ bytes, model }: OnnxFile): Promise<Network> {
  const path = model.where
  const told = exportedPlan(model.metadata)
  const beside = await describedIn(path.replace(/\.onnx$/i, '.json'))

  const { input, channelsLast } = pictureInput(model)
  const [batch, ...rest] = input.extents
  const [height, width] = channelsLast ? rest : rest.slice(1)
  const preprocessing = preprocessingOf(height, width, beside, told?.preprocessing, path)
  const { size } = preprocessing

  const foreign: ForeignNetwork = { model, input: input.name, channelsLast, batch, output: '' }
  const complete = await withShapes(foreign, bytes, size)
  const count = batch ?? 1
  const { output, outputs } = outputOf(complete, count, size)
  if (complete.seen) await requireRunnable({ ...complete, output }, count, size)
  const head: Head =
    told?.head.kind === 'embedding' ? told.head : headOf(output, outputs, beside, told?.head, path)
  return { net: path, foreign: { ...complete, output }, head, preprocessing, parameters: weightsOf(model) }
}

async function describedIn(path: string): Promise<Description> {
  if (!existsSync(path)) return {}
  try {
    return description.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined
    throw new GlasshouseError({
      code: 'onnx-description',
      what: `the description beside the model is not as it should be: ${issue ? [issue.path.join('.'), issue.message].filter(Boolean).join(': ') : (error as Error).message}`,
      where: path,
      expected:
        '{ "preprocessing": { "size", "resize", "mean", "deviation" }, "classes": [...], "kind" }, each of them optional',
      cause: error,
    })
  }
}

/** The one input with four axes, three of its extents being the colours. */
function pictureInput({ inputs, where }: OnnxModel): { input: OnnxInput; channelsLast: boolean } {
  const [input, ...others] = inputs
  const takes = (axis: number) => input.extents[axis] === 3 || input.extents[axis] === undefined
  const fits = input && others.length === 0 && input.extents.length === 4 && input.dtype.includes('float')
  if (fits && takes(1)) return { input, channelsLast: false }
  if (fits && takes(3)) return { input, channelsLast: true }
  throw new GlasshouseError({
    code: 'onnx-input',
    what: 'the model does not take colour pictures alone',
    where,
    expected: 'one input of floats, (n, 3, h, w) or (n, h, w, 3)',
    got: inputs
      .map(({ name, dtype, extents }) => `${name} ${dtype}[${extents.map(e => e ?? '?')}]`)
      .join(', '),
  })
}

function preprocessingOf(
  height: number | undefined,
  width: number | undefined,
  beside: Description,
  told: Preprocessing | undefined,
  where: string,
): Preprocessing {
  if (height !== width) {
    throw new GlasshouseError({
      code: 'onnx-input',
      what: 'the model takes pictures that are not square',
      where,
      got: `${height ?? 'any'} x ${width ?? 'any'}`,
    })
  }
  const own = { ...told, ...beside.preprocessing }
  // Many models bear another size than the one they were exported for, and the others say so.
  const size = beside.preprocessing?.size ?? height ?? own.size ?? usualSize
  const { mean, deviation } = imagenetStatistics
  return {
    size,
    resize: own.resize ?? Math.round((size * 8) / 7),
    mean: own.mean ?? [...mean],
    deviation: own.deviation ?? [...deviation],
  }
}

/** With the shapes that a run sees, where the operators alone do not tell them. */
async function withShapes(foreign: ForeignNetwork, bytes: Uint8Array, size: number): Promise<ForeignNetwork> {
  const { batch = 1, model } = foreign
  const output = model.outputs[0]
  try {
    buildForeign({ ...foreign, output }, [batch, 3, size, size], 'logits')
    return foreign
  } catch (error) {
    if (!(error instanceof GlasshouseError && error.code === 'onnx-operator')) throw error
    const counts = foreign.batch === undefined ? [1, 2] : [foreign.batch]
    const engine = await createEngine()
    const runs = await Promise.all(
      counts.map(async count => {
        const extents = foreign.channelsLast ? [count, size, size, 3] : [count, 3, size, size]
        const blank = { [foreign.input]: float32(extents, new Float32Array(sizeOf(extents))) }
        return { count, types: await asFaultOf(model, () => probeTypes(engine, bytes, blank)) }
      }),
    )
    const seen: ForeignNetwork['seen'] = (name, [count, , height, width]) => {
      if (height !== size || width !== size) return undefined
      const [first, second] = runs.map(({ types }) => types.get(name))
      if (first && second) {
        const shape = first.shape.map((extent, axis) => extent + (second.shape[axis] - extent) * (count - 1))
        return { ...first, shape }
      }
      return count === runs[0].count ? first : undefined
    }
    return { ...foreign, seen }
  }
}

/** Operators that are not known here stand in the graph as the file has them: whether the engine takes them so. */
async function requireRunnable(foreign: ForeignNetwork, count: number, size: number): Promise<void> {
  const { graph, output } = buildForeign(foreign, [count, 3, size, size], 'logits')
  const request = { graph, outputs: { output }, parameters: weightsOf(foreign.model) }
  const engine = await createEngine()
  const program = await asFaultOf(foreign.model, () => engine.compile(request))
  await program.dispose()
}

async function asFaultOf<T>({ where }: OnnxModel, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw new GlasshouseError({
      code: 'onnx-engine',
      what: 'the engine does not take the model',
      where,
      got: (error as Error).message.split('\n')[0],
      hint: 'Export it for version 18 of the standard, or with standard operators only',
      cause: error,
    })
  }
}

/** The first output that gives one vector per picture, and how long it is. */
function outputOf(foreign: ForeignNetwork, count: number, size: number): { output: string; outputs: number } {
  const { model } = foreign
  const shapes: string[] = []
  for (const output of model.outputs) {
    // Under another name than its own, under which the value stands as the file gives it.
    const built = buildForeign({ ...foreign, output }, [count, 3, size, size], `${output} as vectors`)
    const { shape, dtype } = built.graph.layers.get(output) ?? built.output
    shapes.push(`${output} ${dtype}[${shape}]`)
    const vectors = shape.length >= 2 && shape[0] === count && sizeOf(shape.slice(2)) === 1
    if (vectors && dtype === 'float32') return { output, outputs: shape[1] }
  }
  throw new GlasshouseError({
    code: 'onnx-output',
    what: 'the model gives no vector per picture',
    where: model.where,
    expected: 'an output of floats, (n, classes) or (n, dimensions)',
    got: shapes.join(', '),
  })
}

/** A classifier, unless the output's name or the description says that it is an embedding. */
function headOf(
  output: string,
  outputs: number,
  { kind, classes }: Description,
  told: Head | undefined,
  where: string,
): Head {
  const embeds = kind ? kind === 'embedding' : !classes && !told && /embed|feature/i.test(output)
  if (embeds) return { kind: 'embedding', dim: outputs }
  const names = classes ?? (told?.kind === 'classes' ? told.classes : usualClasses(outputs))
  if (names.length === outputs) return { kind: 'classes', classes: names }
  throw new GlasshouseError({
    code: 'onnx-description',
    what: 'the names of the classes are not as many as the outputs',
    where,
    expected: `${outputs} names`,
    got: `${names.length}`,
  })
}

const usualClasses = (outputs: number): readonly string[] => {
  if (outputs === 1000) return imagenetClasses
  if (outputs === 1001) return ['background', ...imagenetClasses]
  return Array.from({ length: outputs }, (_, index) => `class ${index}`)
}

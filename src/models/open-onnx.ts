/**
 * Opens an ONNX model that someone else made, as a network: finds its image input and its output, and what is known
 * of its preprocessing and classes: from the model's metadata, from files beside it, or as is usual for networks of
 * ImageNet. What was guessed is noted.
 */
import { GlasshouseError } from '../base/errors.ts'
import { type ColourStatistics, imagenetStatistics } from '../data/store.ts'
import { largestValue, tooLarge } from '../graph/onnx/budget.ts'
import { malformed, type OnnxInput, type OnnxModel, type OnnxNode } from '../graph/onnx/decode.ts'
import { weightsOf } from '../graph/onnx/import.ts'
import { trainingNodes } from '../graph/onnx/training-nodes.ts'
import { arrayTypes, type Shape, sizeOf, typedTensor } from '../graph/tensor.ts'
import { buildForeign, type ForeignNetwork } from '../nets/foreign.ts'
import type { BuiltNetwork, Head, Network, Preprocessing } from '../nets/network.ts'
import type { ModelWishes } from '../runtime/context.ts'
import type { OpenEngine } from '../runtime/engine.ts'
import { probeTypes } from '../runtime/probe.ts'
import { requireFinite } from '../weights/finite.ts'
import { type Described, describedByUltralytics } from './description.ts'
import { exportedPlan } from './export.ts'
import { chooseOutput, headOf, type Sources } from './foreign-head.ts'

/** Side of the images where neither the file nor the user tells it. */
const usualSize = 224

export interface OpenedOnnx {
  network: Network
  /** what was guessed, and where what is known comes from */
  notes: string[]
}

export interface OnnxFile {
  bytes: Uint8Array
  model: OnnxModel
  /** what other files say of it */
  beside?: Described
}

/**
 * @throws GlasshouseError 'onnx-input' where the model takes something else than images, 'onnx-output' where it gives
 * something else than one vector per image, 'onnx-description' where the file beside it is not as it should be,
 * 'onnx-engine' where the engine cannot run what the operators do not tell of
 */
export async function openOnnx(
  { bytes, model, beside = { notes: [] } }: OnnxFile,
  engine: OpenEngine,
  wishes: ModelWishes = {},
): Promise<OpenedOnnx> {
  const path = model.where
  const notes: string[] = []
  const told = exportedPlan(model.metadata)
  notes.push(...beside.notes)
  const trained = trainingNodes(model)
  if (trained.length) notes.push(trainsNote(trained, path))
  const others = [describedByUltralytics(model.metadata), beside.other, beside.folder].filter(
    found => found !== undefined,
  )
  const sources: Sources = { wishes, own: beside.own, told: told?.head, others }

  const { input, channelsLast, grey } = pictureInput(model)
  const [batch, ...rest] = input.extents
  const [height, width] = channelsLast ? rest : rest.slice(1)
  const bytesFed = input.dtype === 'uint8'
  const kind = { height, width, grey, bytesFed }
  const preprocessing = preprocessingOf(kind, sources, told?.preprocessing, path, notes)
  const { size } = preprocessing

  const foreign: ForeignNetwork = {
    model,
    input: input.name,
    channelsLast,
    batch,
    output: '',
    ...(grey && { grey }),
    ...(bytesFed && { bytes: true as const }),
    ...(height !== undefined && width !== undefined && height !== width && { rectangle: [height, width] }),
  }
  const complete = await withShapes(foreign, bytes, size, engine)
  const count = batch ?? 1
  const images: Shape = [count, 3, size, size]
  const first = chooseOutput(buildAny(complete, images), model.outputs, count, path, sources, notes)
  // Under another name than its own, under which the value stands as the file gives it.
  const built = buildForeign({ ...complete, output: first.name }, images, `${first.name} as vectors`)
  const value = built.graph.layers.get(first.name) ?? built.output
  const { head, pair } = headOf(first.name, value, built, path, sources, notes)
  if (!told) noteSources(sources, head, value.shape[1], notes)
  const opened: ForeignNetwork = { ...complete, output: first.name, ...(pair && { pair }) }
  if (complete.seen) await requireRunnable(opened, count, size, engine)
  const parameters = weightsOf(model)
  requireFinite(parameters, path)
  return { network: { net: path, foreign: opened, head, preprocessing, parameters }, notes }
}

function trainsNote(nodes: readonly OnnxNode[], where: string): string {
  const count = (wanted: string) => nodes.filter(({ op }) => op === wanted).length
  const [norms, dropouts] = [count('BatchNormalization'), count('Dropout')]
  const parts = [
    norms && `${norms} batch normalisation${norms > 1 ? 's take' : ' takes'} the statistics of the batch`,
    dropouts && `${dropouts} dropout${dropouts > 1 ? 's drop' : ' drops'} at random`,
  ].filter(Boolean)
  return `${where} was exported in training mode: ${parts.join(', ')}, so answers depend on the other images and on chance; export it in evaluation mode (model.eval())`
}

/** Says what was used of what other programs left, and what was not. */
function noteSources({ own, others }: Sources, head: Head, width: number, notes: string[]): void {
  const described = own?.preprocessing ? undefined : others.find(({ preprocessing }) => preprocessing)
  for (const source of others) {
    const { from, classes } = source
    const parts = [
      head.kind === 'classes' && head.classes === classes && 'class names',
      source === described && 'preprocessing',
    ].filter(Boolean)
    if (parts.length) notes.push(`${parts.join(' and ')} from ${from}`)
    else if (classes && classes.length !== width)
      notes.push(
        `${from} is not used: it names ${classes.length} classes, and the model gives ${width} numbers`,
      )
    if (parts.length) for (const note of source.notes) notes.push(`${from}: ${note}`)
  }
}

/** Colours from 0 to 255, as files hold them. */
const wholeNumbers: ColourStatistics = { mean: [0, 0, 0], deviation: [1 / 255, 1 / 255, 1 / 255] }
/** The means of ImageNet's, which are the same for all colours. */
const greyStatistics: ColourStatistics = { mean: [0.449, 0.449, 0.449], deviation: [0.226, 0.226, 0.226] }

/** The graph under the first output that holds vectors at all. */
function buildAny(foreign: ForeignNetwork, images: Shape): BuiltNetwork {
  const { outputs } = foreign.model
  for (const [place, output] of outputs.entries()) {
    try {
      return buildForeign({ ...foreign, output }, images, `${output} as vectors`)
    } catch (error) {
      const isLast = place === outputs.length - 1
      if (isLast || !(error instanceof GlasshouseError && error.code === 'onnx-malformed')) throw error
    }
  }
  throw malformed(foreign.model.where, 'a model without outputs')
}

/** The one input with four axes, three of its extents being the colours, or one the grey. */
function pictureInput({ inputs, nodes, where }: OnnxModel): {
  input: OnnxInput
  channelsLast: boolean
  grey?: true
} {
  const [input, ...others] = inputs
  const fits = input && others.length === 0 && input.extents.length === 4 && /float|^uint8$/.test(input.dtype)
  if (fits && sizeOf(input.extents.map(extent => extent ?? 1)) > largestValue)
    throw tooLarge(where, `an input of [${input.extents.map(extent => extent ?? '?')}]`)
  if (fits) {
    const [, first, , last] = input.extents
    if (first === 3) return { input, channelsLast: false }
    if (last === 3 && first !== 3) return { input, channelsLast: true }
    if (first === 1) return { input, channelsLast: false, grey: true }
    if (last === 1) return { input, channelsLast: true, grey: true }
    // Where both are open, a network that turns its input round first takes channels last.
    const user = nodes.find(({ inputs: [fed] }) => fed === input.name)
    const turns = user?.op === 'Transpose' && String(user.attributes.perm) === '0,3,1,2'
    if (first === undefined && (last !== undefined || !turns)) return { input, channelsLast: false }
    if (last === undefined && (first !== undefined || turns)) return { input, channelsLast: true }
  }
  throw new GlasshouseError({
    code: 'onnx-input',
    what: 'the model does not take images alone',
    where,
    expected: 'one input of floats or of uint8, (n, 3, h, w) or (n, h, w, 3), or with one channel',
    got: inputs
      .map(({ name, dtype, extents }) => `${name} ${dtype}[${extents.map(e => e ?? '?')}]`)
      .join(', '),
  })
}

function preprocessingOf(
  { height, width, grey, bytesFed }: { height?: number; width?: number; grey?: true; bytesFed: boolean },
  { own, others }: Sources,
  told: Preprocessing | undefined,
  where: string,
  notes: string[],
): Preprocessing {
  const long = height !== undefined && width !== undefined ? Math.max(height, width) : (height ?? width)
  const isSquare = height === undefined || width === undefined || height === width
  if (!isSquare)
    notes.push(`${where} takes images of ${height} x ${width}: the square that is seen is squeezed into that`)
  if (grey) notes.push(`${where} takes grey images: colours are mixed as 0.299 red, 0.587 green, 0.114 blue`)
  const described = others.find(({ preprocessing }) => preprocessing)
  const known = { ...described?.preprocessing, ...told, ...own?.preprocessing }
  // Many files describe another size than the one that the model was exported for.
  const size = own?.preprocessing?.size ?? long ?? known.size ?? usualSize
  const { mean, deviation } = bytesFed ? wholeNumbers : grey ? greyStatistics : imagenetStatistics
  // A rectangle shows the whole of an image.
  const fit = known.fit ?? (isSquare ? undefined : 'squash')
  if (!told && !own?.preprocessing && !described && !bytesFed) {
    notes.push(
      `nothing says how images are prepared for ${where}: ImageNet’s mean and deviation are taken${grey ? ' of all colours together' : ''}, and ${size} pixels; \`glasshouse check\` finds out whether that is right`,
    )
  }
  return {
    size,
    resize:
      own?.preprocessing?.resize ??
      (known.size === size ? known.resize : undefined) ??
      (fit && fit !== 'crop' ? size : Math.round((size * 8) / 7)),
    ...(fit && { fit }),
    ...(known.interpolation && { interpolation: known.interpolation }),
    mean: (bytesFed ? undefined : known.mean) ?? [...mean],
    deviation: (bytesFed ? undefined : known.deviation) ?? [...deviation],
  }
}

/** With the shapes that a run sees, where the operators alone do not tell them. */
async function withShapes(
  foreign: ForeignNetwork,
  bytes: Uint8Array,
  size: number,
  engine: OpenEngine,
): Promise<ForeignNetwork> {
  const { batch = 1, model } = foreign
  const output = model.outputs[0]
  try {
    buildForeign({ ...foreign, output }, [batch, 3, size, size], 'logits')
    return foreign
  } catch (error) {
    if (!(error instanceof GlasshouseError && error.code === 'onnx-operator')) throw error
    const counts = foreign.batch === undefined ? [1, 2] : [foreign.batch]
    const running = await engine()
    const runs = await Promise.all(
      counts.map(async count => {
        const [rows, columns] = foreign.rectangle ?? [size, size]
        const channels = foreign.grey ? 1 : 3
        const extents = foreign.channelsLast
          ? [count, rows, columns, channels]
          : [count, channels, rows, columns]
        const dtype = foreign.bytes ? 'uint8' : 'float32'
        const blank = { [foreign.input]: typedTensor(dtype, extents, new arrayTypes[dtype](sizeOf(extents))) }
        return { count, types: await asFaultOf(model, () => probeTypes(running, bytes, blank)) }
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
async function requireRunnable(
  foreign: ForeignNetwork,
  count: number,
  size: number,
  engine: OpenEngine,
): Promise<void> {
  const { graph, output } = buildForeign(foreign, [count, 3, size, size], 'logits')
  const request = { graph, outputs: { output }, parameters: weightsOf(foreign.model) }
  const program = await asFaultOf(foreign.model, async () => (await engine()).compile(request))
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

/**
 * Fits weights that came from somewhere else to the parameters that a network declares: renames, converts to
 * float32, compares shapes, and collects everything that does not fit, so that one error lists it all.
 */
import { GlasshouseError } from '../base/errors.ts'
import { toFloat32 } from '../graph/element-types.ts'
import type { Shape, Tensor } from '../graph/tensor.ts'

export interface WeightsMatch {
  /** under the wanted names, in their order, as float32 */
  tensors: Map<string, Tensor>
  /** wanted, and not found */
  missing: string[]
  /** found under these (foreign) names, and not wanted, or wanted once and found again */
  superfluous: string[]
  wrongShape: { name: string; foreign: string; expected: Shape; got: Shape }[]
}

/**
 * @param rename from a foreign name to ours; undefined drops a tensor that is known to have no counterpart
 */
export function matchWeights(
  wanted: ReadonlyMap<string, Shape>,
  found: ReadonlyMap<string, Tensor>,
  rename: (name: string) => string | undefined = name => name,
): WeightsMatch {
  const candidates = new Map<string, { foreign: string; tensor: Tensor }>()
  const superfluous: string[] = []
  for (const [foreign, tensor] of found) {
    const name = rename(foreign)
    if (name === undefined) continue
    if (!wanted.has(name) || candidates.has(name)) superfluous.push(foreign)
    else candidates.set(name, { foreign, tensor })
  }
  const match: WeightsMatch = { tensors: new Map(), missing: [], superfluous, wrongShape: [] }
  for (const [name, expected] of wanted) {
    const candidate = candidates.get(name)
    if (!candidate) match.missing.push(name)
    else if (sameShape(candidate.tensor.shape, expected)) match.tensors.set(name, toFloat32(candidate.tensor))
    else match.wrongShape.push({ name, foreign: candidate.foreign, expected, got: candidate.tensor.shape })
  }
  return match
}

/**
 * One error that names all that does not fit; undefined if all fits. Of weights that belong to another network
 * altogether, it names a few examples.
 */
export function weightsError(
  { tensors, missing, superfluous, wrongShape }: WeightsMatch,
  where: string,
): GlasshouseError | undefined {
  const most = tensors.size >= missing.length + wrongShape.length ? 40 : 4
  const someOf = (entries: readonly string[]) => shortened(entries, most)
  const shapes = wrongShape.map(
    ({ name, expected, got }) => `'${name}' is [${got.join(', ')}] instead of [${expected.join(', ')}]`,
  )
  const problems = [
    ...(missing.length ? [`${missing.length} missing: ${someOf(grouped(missing))}`] : []),
    ...(shapes.length ? [`${shapes.length} of another shape: ${someOf(shapes)}`] : []),
    ...(superfluous.length ? [`${superfluous.length} superfluous: ${someOf(grouped(superfluous))}`] : []),
  ]
  if (problems.length === 0) return undefined
  return new GlasshouseError({
    code: 'weights-mismatch',
    what: `the weights do not fit the network: ${problems.join('; ')}`,
    where,
    hint: /\.onnx$/i.test(where)
      ? `A model in ONNX opens by itself: ${where}. Exporters fold normalisations into other layers, so its weights differ`
      : 'Name the network that these weights were made for',
  })
}

/** Names of one layer together: 'bn1.{weight, bias}'. */
function grouped(names: readonly string[]): string[] {
  const endings = new Map<string, string[]>()
  for (const name of names) {
    const layer = name.slice(0, name.lastIndexOf('.') + 1)
    endings.set(layer, [...(endings.get(layer) ?? []), name.slice(layer.length)])
  }
  return [...endings].flatMap(([layer, parts]) =>
    layer === '' || parts.length === 1
      ? parts.map(part => `'${layer}${part}'`)
      : [`'${layer}{${parts.join(', ')}}'`],
  )
}

function shortened(entries: readonly string[], most: number): string {
  const rest = entries.length - most
  return rest > 1 ? `${entries.slice(0, most).join(', ')} and ${rest} more` : entries.join(', ')
}

const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis])

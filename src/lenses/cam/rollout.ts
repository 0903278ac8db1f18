/**
 * Attention roll-out (Abnar and Zuidema 2020): how far what the head sees goes back to each patch, if attention were all
 * that mixed tokens. With A_l the mean over heads of block l's attention weights, whose rows sum to 1,
 *   roll-out = r (A_L + I)/2 ... (A_1 + I)/2,
 * where r picks the token that the head sees: the class token, the mean of all, or what a query asks of them. It says
 * nothing of a class, and is the same for all.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { neededNodes } from '../../graph/computation.ts'
import type { Value } from '../../graph/graph.ts'
import { add, mul } from '../../graph/ops/elementwise.ts'
import { expand, reshape, slice } from '../../graph/ops/layout.ts'
import { matmul } from '../../graph/ops/linear.ts'
import { reduceMean } from '../../graph/ops/reduce.ts'
import { float32 } from '../../graph/tensor.ts'
import type { BuiltNetwork } from '../../nets/network.ts'
import { mapsNamed } from '../maps/layer-maps.ts'

/** (n, heads, queries, tokens), softmaxes over all tokens of an image; in the order of the blocks. */
function attentionsOf({ graph, images }: BuiltNetwork, end: Value, places: number): Value[] {
  const [n] = images.shape
  const found = neededNodes(graph, [end]).nodes.flatMap(({ op, outputs: [weights] }) =>
    op === 'Softmax' && weights.shape.length === 4 && weights.shape[0] === n ? [weights] : [],
  )
  // Attention within windows has fewer tokens than there are places.
  const tokens = Math.max(0, ...found.map(({ shape }) => shape[3]))
  const whole = found.filter(({ shape }) => shape[3] === tokens && (shape[2] === tokens || shape[2] === 1))
  if (tokens >= places && whole.some(({ shape }) => shape[2] === tokens)) return whole
  throw new GlasshouseError({
    code: 'no-attention',
    what: 'the network has no attention of all tokens to all, which roll-out multiplies',
    path: ['options', 'method'],
    hint: 'It is for vision transformers; use --method grad-cam here',
  })
}

/**
 * (n, h, w), whose cells and those of other tokens sum to 1.
 *
 * @param layer up to which blocks count; all that lead to the output unless given
 */
export function rolloutMap(built: BuiltNetwork, layer: string | undefined): Value {
  const { arrangement, value } = mapsNamed(built, layer)
  const [height, width] =
    arrangement.kind === 'tokens'
      ? [arrangement.height, arrangement.width]
      : [value.shape[arrangement.rows], value.shape[arrangement.columns]]
  const attentions = attentionsOf(built, layer === undefined ? built.output : value, height * width)
  const [n, , , tokens] = attentions[0].shape
  const ahead = tokens - height * width
  let row = firstRow(built, n, tokens, ahead)
  for (const weights of attentions.toReversed()) {
    const mean = reduceMean(weights, [1])
    // A query of its own begins the way back.
    row = weights.shape[2] === 1 ? mean : mul(add(matmul(row, mean), row), 0.5)
  }
  return reshape(slice(row, [{ axis: 2, start: ahead }]), [n, height, width])
}

/** (n, 1, tokens): the class token where tokens stand ahead of the patches, else all alike. */
function firstRow({ graph }: BuiltNetwork, n: number, tokens: number, ahead: number): Value {
  const data = new Float32Array(tokens)
  if (ahead > 0) data[0] = 1
  else data.fill(1 / tokens)
  return expand(graph.constant(float32([1, 1, tokens], data)), [n, 1, tokens])
}

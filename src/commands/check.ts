/** `check MODEL INPUT.npy OUTPUT.npy`: does this network answer here as it did there? */
import { z } from 'zod'
import { toFloat32 } from '../graph/element-types.ts'
import { openModelOf } from '../lenses/inputs.node.ts'
import { checkNetwork } from '../models/check.ts'
import { readBytes } from '../weights/file.node.ts'
import { decodeNpy } from '../weights/npy.ts'
import { defineCommand } from './command.ts'

export const check = defineCommand({
  name: 'check',
  summary: 'does this network give the same outputs here as elsewhere? finds the usual reasons if not',
  description:
    'Where the answers differ, the usual reasons are tried, the simplest first: preparation that is missing or was done twice (0 to 255, 0 to 1, -1 to 1, ImageNet’s mean and deviation), the order of the colours, the order of the axes, a crop, a softmax, normalisations in training mode.',
  arguments: [
    { name: 'model', kind: 'model', description: 'an .onnx file, NET:WEIGHTS, a file of weights, or a run' },
    {
      name: 'input',
      kind: 'vectors',
      description: 'what it was given there: .npy, (n, 3, h, w) or (n, h, w, 3)',
    },
    { name: 'answers', kind: 'vectors', description: 'what it answered there: .npy, (n, numbers)' },
  ],
  options: z.object({
    tolerance: z
      .number()
      .positive()
      .max(1)
      .default(1e-4)
      .describe('the largest difference that counts as agreement, for numbers around 1'),
  }),
  examples: [
    { line: 'check resnet18:mine.pth input.npy output.npy', does: 'Compare with what PyTorch answered' },
  ],
  makesNothing: true,
  async run(context, { model: source, input, answers }, { tolerance }) {
    const { network } = await openModelOf(source, context)
    const [given, expected] = await Promise.all(
      [input, answers].map(async where => ({
        where,
        content: toFloat32(decodeNpy(await readBytes(where), where)),
      })),
    )
    const result = await checkNetwork(await context.engine(), network, given, expected, {
      tolerance,
      work: context,
    })
    const { maxDifference, agrees, reason, explained, difference } = result
    const verdict = agrees ? 'They agree' : explained ? 'They differ, and the reason is found' : 'They differ'
    const rest =
      agrees || !explained ? '' : ` With that, the largest difference is ${difference.toPrecision(3)}.`
    return {
      metrics: { ...result },
      summary: `${verdict}: largest difference ${maxDifference.toPrecision(3)}.\n${reason[0].toUpperCase()}${reason.slice(1)}.${rest}`,
    }
  },
})

/** What can be asked of the lens of yoked t-SNE. */
import { z } from 'zod'
import { tieForms } from '../../embedding/tsne/tie.ts'
import { either, notWith, withImagesOf, withOption, withSeveral } from '../../options/needs.ts'

const severalMaps = withSeveral('vectors')
/** Maps are tied to each other, or are for the curve of --sweep. */
const tied = [severalMaps, either(notWith('yoke', 'none', 0), withOption('sweep'))]

export const options = z.object({
  yoke: z
    .union([z.enum(['auto', 'none', '2-map']), z.number().min(0)])
    .default('auto')
    .describe(
      'weight of the tie between maps; auto: the strongest whose KL ratios stay within --auto-ratio; 2-map: the published rule',
    )
    .meta({ value: 'auto|none|2-map|LAMBDA', needs: [severalMaps] }),
  autoRatio: z
    .number()
    .gt(1)
    .max(100)
    .default(1.05)
    .describe('how many times its divergence alone a yoked map may diverge')
    .meta({ needs: [severalMaps, withOption('yoke', 'auto')] }),
  sweep: z
    .array(z.number().positive())
    .min(2)
    .max(100)
    .optional()
    .describe('draw divergence and alignment against these lambdas too')
    .meta({ value: 'L1,L2,...', needs: [severalMaps] }),
  relative: z
    .boolean()
    .default(false)
    .describe('lambdas are given as lambda N R^2 / KL: about 1 is where a tie begins to matter')
    .meta({ needs: [severalMaps, either(notWith('yoke', 'auto', 'none', '2-map', 0), withOption('sweep'))] }),
  compatible: z
    .boolean()
    .default(false)
    .describe('lambda as in the first publications, whose code multiplies the tie by four')
    .meta({ needs: tied }),
  tie: z
    .enum(tieForms)
    .optional()
    .describe(
      'what is tied: all pairs, each map to the one before (the epochs of a run), or all to one (the fixed one)',
    )
    .meta({ needs: tied }),
  byClass: z
    .boolean()
    .default(false)
    .describe('tie the centres of classes instead of every point')
    .meta({ needs: tied }),
  nearest: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('the share of the classes, the nearest ones, that is tied')
    .meta({ needs: [...tied, withOption('byClass')] }),
  fixed: z
    .string()
    .optional()
    .describe('hold the first map in place: an .npy of two columns, or the .arrow of a map made before')
    .meta({ value: 'FILE', kind: 'vectors', needs: [severalMaps] }),
  perplexity: z.number().min(1).default(30).describe('effective number of neighbours of a point'),
  iterations: z.number().int().min(0).max(100000).default(1000).describe('steps of the descent'),
  init: z
    .enum(['pca', 'random', 'same'])
    .default('pca')
    .describe('where the maps alone start; same: all where the first does'),
  start: z
    .enum(['common', 'own'])
    .optional()
    .describe(
      'where yoked maps start: all from one strongly tied layout, or each on its own (default: common, but own with --init same and --yoke 2-map)',
    )
    .meta({ needs: tied }),
  search: z
    .enum(['auto', 'exact', 'approximate'])
    .default('auto')
    .describe('how neighbours are found; auto: exactly up to 100,000 vectors'),
  autoRuns: z
    .number()
    .int()
    .min(2)
    .max(100)
    .default(10)
    .describe('random starts that mean and deviation are taken from')
    .meta({ needs: [severalMaps, withOption('yoke', '2-map')] }),
  neighbours: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('nearest neighbours that are compared and measured'),
  dots: z
    .number()
    .int()
    .min(1)
    .max(1000000)
    .default(60000)
    .describe('how many points the page carries; of more, a random sample'),
  thumbnails: z
    .number()
    .int()
    .min(0)
    .max(200000)
    .default(10000)
    .describe('how many images the page carries')
    .meta({ needs: [withImagesOf('vectors')] }),
})

export type TsneLensOptions = z.output<typeof options>

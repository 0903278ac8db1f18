/** What can be asked of the lens of class activation maps. */
import { z } from 'zod'
import { colourMapNames } from '../../figures/colour-maps.ts'
import { notWith, withDataSet, withOption } from '../../options/needs.ts'
import { mapMethods, methodsWithLayer } from './methods.ts'

/** The layer of a map, beside an option `method`. */
export const mapLayer = z
  .string()
  .optional()
  .describe('the layer whose maps are weighed; the last ones unless given')
  .meta({ kind: 'layer', needs: [withOption('method', ...methodsWithLayer)] })

export const options = z.object({
  class: z
    .string()
    .optional()
    .describe(
      'the class to explain, by name or index, or several with commas between; also the words predicted and label; the predicted one unless given, for mistakes the true one too',
    )
    .meta({ value: 'CLASS[,CLASS...]', kind: 'class', needs: [notWith('near')] }),
  near: z
    .string()
    .optional()
    .describe(
      'explain the similarity to this image in place of a class: the cosine of the vectors of an embedding, or of what the head of a classifier sees',
    )
    .meta({ value: 'IMAGE', kind: 'image' }),
  method: z
    .enum(mapMethods)
    .default('cam')
    .describe(
      'cam needs a pooled linear head; grad-cam, grad-cam++, layer-cam and score-cam work on any layer with maps; attention-rollout on vision transformers; the others on any classifier, with many runs for each image',
    ),
  layer: mapLayer,
  passes: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('runs of the network for each map; 1000 for rise, otherwise 32, unless given')
    .meta({ needs: [withOption('method', 'integrated-gradients', 'smooth-grad', 'rise')] }),
  patch: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('side of the patch in pixels of what the network sees; an eighth of it unless given')
    .meta({ needs: [withOption('method', 'occlusion')] }),
  samples: z
    .number()
    .int()
    .min(1)
    .max(2000)
    .default(24)
    .describe('how many images of a data set to look at')
    .meta({ needs: [withDataSet('pictures')] }),
  only: z
    .enum(['mistakes'])
    .optional()
    .describe('of a data set, only the images that the network gets wrong')
    .meta({ needs: [withDataSet('pictures'), notWith('near')] }),
  plant: z
    .boolean()
    .optional()
    .describe(
      'compare the heat on the plant (excess green) with the plant’s area, and show the most surprising first; for a data set unless --no-plant',
    ),
  turns: z
    .boolean()
    .optional()
    .describe(
      'check whether maps follow the image: turn and mirror it, and see where the hottest place goes; unless --no-turns, by the methods that take one run for each image',
    ),
  curves: z
    .boolean()
    .default(false)
    .describe(
      'check whether maps name the pixels that matter: cover them hottest first, and show them hottest first (deletion and insertion); 132 more runs of the network for each image',
    ),
  sanity: z
    .boolean()
    .default(false)
    .describe(
      'check whether maps depend on what was learned: compare those of the first 8 images with maps of networks whose weights are shuffled from the head down',
    ),
  maps: z
    .boolean()
    .default(false)
    .describe('also write the maps as numbers: maps.npy, (maps, height, width)'),
  colours: z
    .enum(colourMapNames)
    .default('turbo')
    .describe('colour map of the heat, low to high')
    .meta({ kind: 'colour-map' }),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .optional()
    .describe('squeeze every image into a square of this side, in place of the network’s own preparation'),
})

export type CamOptions = z.output<typeof options>

import { expect, test } from 'vitest'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import {
  either,
  needsOf,
  needWords,
  notWith,
  requireEffect,
  withDataSet,
  withImagesOf,
  withOption,
  withSeveral,
  withShelf,
} from './needs.ts'

const options = z.object({
  channel: z.int().optional(),
  at: z
    .number()
    .optional()
    .meta({ needs: [withOption('channel')] }),
  yoke: z
    .union([z.string(), z.number()])
    .default('auto')
    .meta({ needs: [withSeveral('vectors')] }),
  runs: z
    .int()
    .default(10)
    .meta({ needs: [withOption('yoke', '2-map')] }),
  sweep: z.array(z.number()).optional(),
  relative: z
    .boolean()
    .default(false)
    .meta({ needs: [either(notWith('yoke', 'auto', 'none'), withOption('sweep'))] }),
  layer: z
    .string()
    .optional()
    .meta({ needs: [notWith('channel')] }),
  samples: z
    .int()
    .default(4)
    .meta({ needs: [withDataSet('images')] }),
  search: z
    .int()
    .default(1)
    .meta({ needs: [withShelf('data')] }),
  thumbnails: z
    .int()
    .default(9)
    .meta({ needs: [withImagesOf('vectors')] }),
  shared: z
    .int()
    .default(1)
    .meta({ needs: [withOption('elsewhere')] }),
})

function refusal(given: object, inputs = {}): string | undefined {
  try {
    requireEffect(options, Object.keys(given), options.parse(given), inputs)
    return undefined
  } catch (error) {
    if (!(error instanceof GlasshouseError)) throw error
    expect(error.code).toBe('option-unused')
    return `${error.path?.join('.')}: ${error.what}`
  }
}

test.each([
  [{ at: 0.5 }, {}, 'options.at: this option would have no effect without --channel'],
  [{ at: 0.5, channel: 0 }, {}, undefined],
  [{ runs: 10 }, {}, 'options.runs: this option would have no effect unless --yoke is 2-map'],
  [{ runs: 3, yoke: '2-map' }, {}, undefined],
  [
    { relative: true },
    {},
    'options.relative: this option would have no effect while --yoke is auto or none and without --sweep',
  ],
  [{ relative: true, yoke: 1e-3 }, {}, undefined],
  [{ relative: true, sweep: [1, 2] }, {}, undefined],
  [{ layer: 'a', channel: 1 }, {}, 'options.layer: this option would have no effect beside --channel'],
  [
    { yoke: 1 },
    { vectors: { count: 1, sampled: false, shelf: false } },
    'options.yoke: this option would have no effect for fewer than 2 vectors',
  ],
  [{ yoke: 1 }, { vectors: { count: 2, sampled: false, shelf: false } }, undefined],
  [
    { samples: 4 },
    { images: { count: 1, sampled: false, shelf: false } },
    'options.samples: this option would have no effect unless the images are drawn from a data set',
  ],
  [{ samples: 4 }, { images: { count: 1, sampled: true, shelf: false } }, undefined],
  [{ samples: 4, yoke: 1 }, {}, undefined],
  [
    { search: 2 },
    { data: { count: 1, sampled: false, shelf: false } },
    'options.search: this option would have no effect unless DATA is a folder of shards, as embed --shard writes',
  ],
  [{ search: 2 }, { data: { count: 1, sampled: false, shelf: true } }, undefined],
  [
    { thumbnails: 9 },
    { vectors: { count: 1, sampled: false, shelf: false, illustrated: false } },
    'options.thumbnails: this option would have no effect while the images of VECTORS are not at hand',
  ],
  [{ thumbnails: 9 }, { vectors: { count: 1, sampled: false, shelf: false, illustrated: true } }, undefined],
  [{ shared: 2 }, {}, undefined],
])('%j with the inputs %j', (given, inputs, expected) => {
  expect(refusal(given, inputs)).toBe(expected)
})

test('what is needed is said in words', () => {
  const words = Object.fromEntries([...needsOf(options)].map(([key, needs]) => [key, needWords(needs)]))
  expect(words).toMatchObject({
    at: 'with --channel',
    runs: 'with --yoke 2-map',
    relative: 'not with --yoke auto or none or with --sweep',
    layer: 'not with --channel',
    yoke: 'with 2 vectors or more',
    samples: 'for a data set',
  })
})

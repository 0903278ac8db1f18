// A lens of one's own: which channels of a layer respond most to an image? It gets a page and checked options for free.
import {
  createContext,
  defineLens,
  fillPrepared,
  forward,
  globalAveragePool,
  inputs,
  layerNamed,
  look,
  viewOf,
} from 'glasshouse'
import { z } from 'zod'

const busiest = defineLens({
  name: 'busiest',
  title: 'Busiest channels',
  description: 'the channels of a layer that respond most to an image',
  inputs: { model: inputs.model('a run, an .onnx file, or NET:WEIGHTS'), image: inputs.picture('an image') },
  options: z.object({
    layer: z.string().default('stage2').describe('the layer'),
    count: z.number().int().min(1).default(5).describe('channels to list'),
  }),
  metrics: z.object({
    layer: z.string(),
    channels: z.array(z.object({ channel: z.int(), mean: z.number() })),
  }),
  run: async () => ({
    async run({ engine }, { model: { network }, image }, { layer, count }) {
      const view = viewOf(image.picture, network.preprocessing)
      const fill = (_: number, target: Float32Array, offset: number) =>
        fillPrepared(view, network.preprocessing, target, offset)
      const { means } = await forward(engine, network, 1, fill, built => ({
        means: globalAveragePool(layerNamed(built, layer)),
      }))
      const ranked = Array.from(means, (mean, channel) => ({ channel, mean })).sort((a, b) => b.mean - a.mean)
      return { layer, channels: ranked.slice(0, count) }
    },
    metrics: ({ layer, channels }) => ({ layer, channels }),
  }),
  draw: async () => ({
    async draw({ layer, channels }) {
      const rows = channels.map(({ channel, mean }) => [channel, mean.toFixed(3)])
      const table = { kind: 'table' as const, columns: ['channel', 'mean response'], rows }
      return {
        report: { summary: `Channels of ${layer}.`, sections: [{ title: 'Channels', parts: [table] }] },
        pictures: {},
      }
    },
  }),
})

const [model = 'example-run/run', image = 'example-run/seedlings/test/Maize/0004.png'] = process.argv.slice(2)
const metrics = await look(createContext({ folder: 'busiest' }), busiest, { model, image }, { count: 3 })
console.log(JSON.stringify(metrics))

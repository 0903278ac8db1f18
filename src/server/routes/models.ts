/** /api/model, /api/weights: what a form offers of layers, classes and networks. */
import { existsSync } from 'node:fs'
import { Hono } from 'hono'
import { architectures } from '../../nets/architectures.ts'
import { publishedWeights } from '../../weights/published.ts'
import { pulledPath } from '../../weights/pulled-weights.node.ts'
import type { PublishedWeights } from '../api.ts'
import { aboutModel, onnxOf } from '../models.ts'
import { word } from '../request.ts'
import { sendFile } from '../send-file.ts'
import type { Studio } from '../studio.ts'

export const modelRoutes = (studio: Studio): Hono =>
  new Hono()
    .get('/api/model', async c => c.json(await aboutModel(studio, word(c, 'model'))))
    .get('/api/model/onnx', async c =>
      sendFile(c, await onnxOf(studio, word(c, 'model')), { type: 'application/octet-stream' }),
    )
    .get('/api/weights', c => {
      const weights = publishedWeights.map(published => ({
        net: published.net,
        name: published.name,
        source: published.about,
        here: existsSync(pulledPath(published)),
      }))
      return c.json({ weights, nets: [...architectures.keys()] } satisfies PublishedWeights)
    })

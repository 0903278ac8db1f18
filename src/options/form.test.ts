import { expect, test } from 'vitest'
import { z } from 'zod'
import { formFields } from './form.ts'

test('a field has the bounds, the choices and the kind of its option, as plain JSON', () => {
  const fields = formFields(
    z.object({
      steps: z.number().int().min(1).max(9).default(3).describe('how many'),
      rate: z.number().gt(0).optional().describe('of the descent'),
      init: z.enum(['pca', 'random']).default('pca').describe('where to start'),
      yoke: z
        .union([z.enum(['auto', 'none']), z.number().min(0)])
        .default('auto')
        .describe('the tie'),
      layer: z
        .array(z.string().meta({ kind: 'layer' }))
        .min(2)
        .describe('the layers'),
      guide: z.string().optional().describe('an image').meta({ kind: 'image' }),
      clip: z.boolean().default(true).describe('keep in range'),
    }),
  )
  expect(JSON.parse(JSON.stringify(fields))).toEqual(fields)
  expect(fields).toEqual([
    {
      key: 'steps',
      description: 'how many',
      required: false,
      default: 3,
      type: 'number',
      integer: true,
      step: 1,
      minimum: 1,
      maximum: 9,
    },
    {
      key: 'rate',
      description: 'of the descent',
      required: false,
      type: 'number',
      minimum: 0,
      exclusive: ['minimum'],
    },
    {
      key: 'init',
      description: 'where to start',
      required: false,
      default: 'pca',
      type: 'choice',
      choices: ['pca', 'random'],
    },
    {
      key: 'yoke',
      description: 'the tie',
      required: false,
      default: 'auto',
      type: 'number',
      minimum: 0,
      choices: ['auto', 'none'],
    },
    {
      key: 'layer',
      description: 'the layers',
      required: true,
      type: 'list',
      items: { type: 'text', kind: 'layer' },
      least: 2,
    },
    { key: 'guide', description: 'an image', required: false, type: 'text', kind: 'image' },
    { key: 'clip', description: 'keep in range', required: false, default: true, type: 'switch' },
  ])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { checkOptions, flagOf, optionFields } from './options.ts'

const schema = z
  .object({
    stepSize: z.number().positive().max(10).default(1.5).describe('length of a step'),
    steps: z.number().int().min(1).default(10).describe('how many'),
    layers: z.array(z.string()).describe('which layers').meta({ value: 'LAYER,...' }),
    scales: z.array(z.number().int()).default([1, 2]).describe('pooling scales'),
    init: z.enum(['pca', 'random']).default('pca').describe('where to start'),
    yoke: z
      .union([z.enum(['auto', 'none']), z.number().min(0)])
      .default('auto')
      .describe('tie strength'),
    clip: z.boolean().default(true).describe('keep in range'),
    guide: z.string().optional().describe('an image').meta({ value: 'IMAGE' }),
  })
  .refine(({ steps, scales }) => steps >= scales.length, {
    path: ['scales'],
    message: 'more scales than steps',
  })

const field = (key: string) => optionFields(schema).find(candidate => candidate.key === key)!

test('the fields of a schema are worked out once, however many runs a sweep plans', () => {
  expect(optionFields(schema)).toBe(optionFields(schema))
})

test('a field says all that a flag, a form and a reference page need', () => {
  expect(optionFields(schema).map(({ key, flag, kind, value }) => [key, flag, kind, value])).toEqual([
    ['stepSize', '--step-size', 'number', 'X'],
    ['steps', '--steps', 'number', 'N'],
    ['layers', '--layers', 'list', 'LAYER,...'],
    ['scales', '--scales', 'list', 'N,...'],
    ['init', '--init', 'choice', 'pca|random'],
    ['yoke', '--yoke', 'text', 'auto|none|X'],
    ['clip', '--clip', 'switch', ''],
    ['guide', '--guide', 'text', 'IMAGE'],
  ])
  expect(field('stepSize').expected).toBe('a number, above 0 and at most 10')
  expect(field('steps').expected).toBe('a whole number, at least 1')
  expect(field('yoke').expected).toBe('one of auto, none, or a number, at least 0')
  expect(field('layers')).toMatchObject({ required: true, default: undefined, description: 'which layers' })
  expect(field('scales')).toMatchObject({ required: false, default: [1, 2] })
})

test('words are read by the type of the field, and handed on when they cannot be', () => {
  expect(field('steps').read('12')).toBe(12)
  expect(field('stepSize').read('1e-3')).toBe(0.001)
  expect(field('steps').read('a dozen')).toBe('a dozen')
  expect(field('scales').read('1, 2,x')).toEqual([1, 2, 'x'])
  expect(field('layers').read('stage1,4')).toEqual(['stage1', '4'])
  expect(field('yoke').read('auto')).toBe('auto')
  expect(field('yoke').read('0.25')).toBe(0.25)
  expect(field('guide').read('7')).toBe('7')
})

test('every finite number that is typed arrives unchanged', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), number =>
      Object.is(field('stepSize').read(Object.is(number, -0) ? '-0' : String(number)), number),
    ),
  )
})

test('defaults are filled in, and an error names the flag', () => {
  expect(checkOptions(schema, { layers: ['stem'] })).toMatchObject({
    steps: 10,
    clip: true,
    layers: ['stem'],
  })
  const fault = (values: Record<string, unknown>) => {
    try {
      checkOptions(schema, { layers: ['stem'], ...values })
    } catch (error) {
      return (error as GlasshouseError).message
    }
  }
  expect(fault({ stepSize: 11 })).toBe(
    'options.stepSize: not a value that this option takes (expected a number, above 0 and at most 10, got 11)',
  )
  expect(fault({ scales: [1, 'x'] })).toContain('got "x"')
  expect(fault({ steps: 1 })).toBe('options.scales: more scales than steps')
  expect(fault({ layers: undefined })).toMatch(/^options\.layers: this option must be given .*LAYER/)
  expect(() => checkOptions(schema, {})).toThrow(GlasshouseError)
})

test('camelCase becomes kebab-case', () => {
  expect(['lr', 'perClass', 'holdOutClasses'].map(flagOf)).toEqual([
    '--lr',
    '--per-class',
    '--hold-out-classes',
  ])
})

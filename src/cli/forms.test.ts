/** A filled-in form of the studio and the words of its command line mean the same. */
import { expect, test } from 'vitest'
import { commands } from '../commands/registry.ts'
import { lineOf } from '../options/words.ts'
import { wordsOfForm } from '../server/forms.ts'
import { parse } from './parse.ts'

const definitionOf = (name: string) => commands.find(command => command.name === name)!.load()

test.each([
  {
    command: 'train',
    inputs: { data: 'my seedlings' },
    options: {
      epochs: 3,
      nesterov: false,
      net: 'small',
      augment: 'none',
      set: ['smoothing=0.1'],
      seed: 7,
      threads: 2,
    },
  },
  { command: 'cam', inputs: { model: 'run@2', pictures: ['a.png', '-b.png'] }, options: { class: '1,2' } },
  {
    command: 'dream',
    inputs: { model: 'small', image: 'noise' },
    options: { layer: ['stem', 'stage1'], octaves: 2 },
  },
  { command: 'tsne', inputs: { vectors: ['a.arrow', 'b.arrow'] }, options: { yoke: 0.01, perplexity: 12.5 } },
  { command: 'evaluate', inputs: { model: 'vectors.npy', data: '' }, options: { ranks: [1, 10] } },
])('of $command', async ({ command, inputs, options }) => {
  const definition = await definitionOf(command)
  const words = await wordsOfForm({ command, inputs, options })
  const parsed = parse(definition, words.slice(command.split(' ').length))
  if ('help' in parsed) throw new Error('no help was asked for')
  const read: Record<string, unknown> = { ...parsed.common, ...parsed.model, ...parsed.options }
  for (const [key, value] of Object.entries(options)) expect([key, read[key]]).toEqual([key, value])
  const typed = Object.entries(inputs).filter(([, value]) => value !== '')
  for (const [key, value] of typed)
    expect([parsed.args[key]].flat().map(word => word?.replace(/^\.\/-/, '-'))).toEqual([value].flat())
})

test('what is as it would be anyway is not said', async () => {
  const words = await wordsOfForm({
    command: 'train',
    inputs: { data: 'x' },
    options: { epochs: 25, dim: 64, seed: 0 },
  })
  expect(words).toEqual(['train', 'x'])
})

test('a line can be pasted into a shell', () => {
  expect(lineOf(['train', "a'b c", '$(x)', 'plain/path', '--lr=-1'])).toBe(
    `train 'a'\\''b c' '$(x)' plain/path --lr=-1`,
  )
})

/** A filled-in form of the studio and the words of its command line mean the same. */
import { spawnSync } from 'node:child_process'
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

test('what a terminal would obey is an escape there, which bash reads back', () => {
  const words = ['cam', '\u001b[31mred\n', "it's \\ \u202e", '\u0007dead']
  const line = lineOf(words)
  expect(line).toBe(`cam $'\\x1b[31mred\\n' $'it\\'s \\\\ \\u202e' $'\\x07dead'`)
  const { error, stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  // The bash of macOS is from before the escapes of four digits.
  if (!error && process.platform === 'linux') expect(stdout.split('\0').slice(0, -1)).toEqual(words)
})

/** Whatever strangers write into names, no control character of theirs reaches the terminal. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { inStage, note } from '../base/work.ts'
import { defineCommand } from '../commands/command.ts'
import { main } from './main.ts'

const evil = '\x1b]0;owned\x07\x1b[31m\u009b2J\u202e\rname'
const command = defineCommand({
  name: 'say',
  summary: 'for the test',
  arguments: [{ name: 'way', description: 'what to say it in' }],
  options: z.object({}),
  makesNothing: true,
  async run(context, { way }) {
    note(context, `noted ${evil}`)
    await inStage(context, `stage ${evil}`, 1, async update => update(1, `at ${evil}`))
    if (way === 'error') throw new Error(evil)
    return { metrics: { name: evil }, summary: way === 'table' ? [{ name: evil }] : `it is\n${evil}` }
  },
})
const table = [{ name: 'say', summary: '', heading: '', load: async () => command }]

it.each([['text'], ['table'], ['error'], ['text', '--json']])('in %s %s', async (...words) => {
  let [out, told] = ['', '']
  const stdout = { write: (text: string) => (out += text) }
  const stderr = { write: (text: string) => (told += text) }
  await main(['say', ...words], { stdout, stderr, signal: new AbortController().signal }, table)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(out + told).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/)
  expect(out + told).toContain('owned')
  if (words.includes('--json')) expect(JSON.parse(out).metrics.name).toBe(evil)
})

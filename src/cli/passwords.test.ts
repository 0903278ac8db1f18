/** What a command was given stands in its record; passwords do not. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { commandLine } from '../../test/command-line.ts'
import { defineCommand } from '../commands/command.ts'

const command = defineCommand({
  name: 'ask',
  summary: 'for the test',
  arguments: [{ name: 'place', description: 'where' }],
  options: z.object({ queue: z.string().optional().describe('an address') }),
  makesNothing: true,
  run: async () => ({ metrics: {}, summary: '' }),
})
const ask = commandLine([{ name: 'ask', summary: '', heading: '', load: async () => command }])

it.each([
  ['redis://:s3cret@host:6379/2', 'redis://host:6379/2'],
  ['postgres://lab:s3cret@db/queue?password=s3cret', 'postgres://lab@db/queue'],
  ['postgresql://db/queue?user=lab&password=s3cret', 'postgresql://db/queue'],
  ['https://host/weights.pth?version=2', 'https://host/weights.pth?version=2'],
  ['a/path:with@signs', 'a/path:with@signs'],
])('%s is recorded as %s, as an option and as an argument', async (given, shown) => {
  const { code, stdout, stderr } = await ask('ask', given, '--queue', given, '--json')
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout).parameters).toEqual({ place: shown, queue: shown })
})

import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seedlings } from '../../test/seedlings.ts'
import { createDataIndexes } from './data-index.ts'
import { createFolders } from './folders.ts'

test('of more data sets than are kept, the one that was not asked for longest is dropped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-indexes-'))
  const names = ['a', 'b', 'c', 'd', 'e'].map(name => join(folder, name))
  const maize = join(await seedlings(), 'test', 'Maize')
  for (const name of names) cpSync(maize, join(name, 'Maize'), { recursive: true })
  const { open } = createDataIndexes(await createFolders(folder, join(folder, 'runs'), [folder]))
  const [first, second] = [await open(names[0]), await open(names[1])]
  for (const name of names.slice(2, 4)) await open(name)
  // Asked for once more, the first is not the oldest any longer.
  expect(await open(names[0])).toBe(first)
  await open(names[4])
  expect(await open(names[0])).toBe(first)
  expect(await open(names[1])).not.toBe(second)
})

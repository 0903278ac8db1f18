import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tensor } from '../graph/tensor.ts'
import { encodeNpy } from '../weights/npy.ts'
import { createFolders } from './folders.ts'
import { createVectorStore } from './vectors.ts'

test('vectors are kept up to a bound on what they take in memory, not in their files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-vectors-'))
  const [first, second] = ['a.npy', 'b.npy'].map(name => join(folder, name))
  // 64 vectors of 32 numbers: 4 KiB as float16 in a file, 8 KiB in memory.
  const halves = encodeNpy(tensor('float16', [64, 32], new Uint16Array(64 * 32).fill(0x3c00)))
  for (const path of [first, second]) writeFileSync(path, Buffer.concat(halves))
  const folders = await createFolders(folder, join(folder, 'runs'), [folder])
  const opened = async (most: number) => {
    const { open } = createVectorStore(folders, most)
    const { vectors } = await open(first)
    await open(second)
    return { again: (await open(first)).vectors, vectors }
  }
  const roomy = await opened(16 * 1024)
  expect(roomy.again).toBe(roomy.vectors)
  const tight = await opened(12 * 1024)
  expect(tight.again).not.toBe(tight.vectors)
})

import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFileAtomic } from '../base/files.node.ts'
import { float32 } from '../graph/tensor.ts'
import { readBytes, readWeights } from './file.node.ts'
import { encodeSafetensors } from './safetensors.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

describe('a file of weights', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glasshouse-weights-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is read by its content, not by its name', async () => {
    const path = join(folder, 'weights.pth')
    await writeFileAtomic(path, encodeSafetensors(new Map([['a', float32([2], [1, 2])]])))
    expect(await readWeights(path)).toEqual(new Map([['a', float32([2], [1, 2])]]))
    for (const name of ['types.zip.pth', 'types.stream.pth']) {
      await copyFile(fixture(name), join(folder, 'weights.safetensors'))
      expect([...(await readWeights(join(folder, 'weights.safetensors')))]).toHaveLength(10)
    }
  })

  it('stands at the start of its own memory, so that no tensor needs a copy', async () => {
    const bytes = await readBytes(fixture('types.zip.pth'))
    expect(bytes.byteOffset).toBe(0)
    const weights = await readWeights(fixture('types.zip.pth'))
    expect(new Set([...weights.values()].map(({ data }) => data.buffer)).size).toBe(1)
  })

  it.each<[string, string, RegExp]>([
    ['empty', '', /weights\.bin: the file is empty/],
    [
      'a text',
      'hello world, no weights',
      /not a file of weights that can be read \(expected .*begins with "hello wo"\)/,
    ],
    ['the archive of something else', 'PK\x03\x04', /cut short: it lacks the archive's directory/],
  ])('is refused where it is %s', async (_, content, message) => {
    const path = join(folder, 'weights.bin')
    await writeFile(path, content, 'latin1')
    await expect(readWeights(path)).rejects.toThrow(message)
  })

  it('is refused where there is none', async () => {
    await expect(readWeights(join(folder, 'none.pth'))).rejects.toThrow(/none\.pth: no such file/)
    await expect(readWeights(folder)).rejects.toThrow(/a folder, not a file/)
  })

  const real = '../shared/data/weights/bvlc_googlenet.safetensors'
  it.skipIf(!existsSync(real))(`is read where it is real (skipped where ${real} is absent)`, async () => {
    expect([...(await readWeights(real)).keys()]).toContain('conv1/7x7_s2.weight')
  })
})

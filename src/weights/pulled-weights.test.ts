import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serve, wholly } from '../../test/unreliable-server.ts'
import { GlasshouseError } from '../base/errors.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import { architectures } from '../nets/architectures.ts'
import { initialParameters } from '../nets/network.ts'
import { openModel } from '../runs/open-model.node.ts'
import { fileNameOf, type PublishedWeights, publishedNamed, publishedWeights } from './published.ts'
import { pulledPath, pullWeights, weightsFile } from './pulled-weights.node.ts'
import { encodeSafetensors } from './safetensors.ts'

let cache = ''
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'glasshouse-cache-'))
  vi.stubEnv('GLASSHOUSE_CACHE', '')
  vi.stubEnv('XDG_CACHE_HOME', cache)
})
afterEach(() => vi.unstubAllEnvs())

describe('the table of published weights', () => {
  test('has a name and a file for each, all different, and only networks that are here', () => {
    const names = publishedWeights.flatMap(weights => [weights.name, fileNameOf(weights)])
    expect(new Set(names).size).toBe(names.length)
    for (const { net } of publishedWeights) expect([...architectures.keys(), 'faces']).toContain(net)
  })

  test('has the digest that the file’s name begins to tell, over https', () => {
    for (const { url, sha256 } of publishedWeights) {
      expect(url).toMatch(/^https:\/\//)
      expect(sha256).toMatch(/^([0-9a-f]{8}|[0-9a-f]{10}|[0-9a-f]{64})$/)
      // Some publishers do not name digests; then the whole of it stands here.
      const named = /-([0-9a-f]{8,10})\.\w+$/.exec(url)?.[1]
      expect(named ?? sha256.length).toBe(named ? sha256.slice(0, named.length) : 64)
    }
  })
})

test('pulled weights lie in the cache folder, are fetched once, and fetched again when they were damaged', async () => {
  const file = new Uint8Array(1000).fill(7)
  const server = await serve(wholly(file))
  const sha256 = createHash('sha256').update(file).digest('hex')
  const weights: PublishedWeights = { ...publishedWeights[0], url: server.url, sha256 }
  const path = join(cache, 'glasshouse', 'weights', 'weights.pth')
  try {
    expect(pulledPath(weights)).toBe(path)
    expect(await pullWeights(weights)).toEqual({ path, sha256, fetched: true })
    expect(await pullWeights(weights)).toEqual({ path, sha256, fetched: false })
    expect(server.asked).toHaveLength(1)
    writeFileSync(path, 'damaged')
    expect(await pullWeights(weights)).toEqual({ path, sha256, fetched: true })
    expect(readFileSync(path).equals(file)).toBe(true)
  } finally {
    await server.close()
  }
})

test('the name of pulled weights stands for their file, wherever a file of weights can stand', async () => {
  const known = publishedNamed('cifar-resnet20-cifar10')!
  expect(() => weightsFile(known.name)).toThrow(GlasshouseError)
  await expect(openModel(`cifar-resnet20:${known.name}`)).rejects.toThrow(
    /glasshouse weights pull cifar-resnet20-cifar10/,
  )
  const { network } = await openModel('cifar-resnet20')
  const parameters = initialParameters(network, 5)
  await writeFileAtomic(pulledPath(known), encodeSafetensors(parameters))
  for (const word of [known.name, fileNameOf(known)]) {
    expect(weightsFile(word)).toBe(pulledPath(known))
    const opened = await openModel(`cifar-resnet20:${word}`)
    expect(opened.network.parameters.get('conv1.weight')).toEqual(parameters.get('conv1.weight'))
  }
  expect(weightsFile('some/other.pth')).toBe('some/other.pth')
})

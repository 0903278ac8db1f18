/** `weights list` and `weights pull` as they are typed. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { publishedNamed, publishedWeights } from '../weights/published.ts'
import { pulledPath } from '../weights/pulled-weights.node.ts'

beforeEach(() => {
  vi.stubEnv('GLASSHOUSE_CACHE', mkdtempSync(join(tmpdir(), 'glasshouse-')))
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

test('the list has all published weights and says which are here', async () => {
  const known = publishedNamed('resnet18-imagenet')!
  mkdirSync(dirname(pulledPath(known)), { recursive: true })
  writeFileSync(pulledPath(known), '')
  const { code, stdout } = await glasshouse('weights', 'list', '--json')
  const { weights } = JSON.parse(stdout).metrics
  expect(code).toBe(0)
  expect(weights).toHaveLength(publishedWeights.length)
  expect(weights.filter(({ here }: { here: boolean }) => here)).toMatchObject([{ name: known.name }])
})

test('an unknown name is refused with all known names', async () => {
  const { code, stderr } = await glasshouse('weights', 'pull', 'resnet18')
  expect(code).toBe(2)
  expect(stderr).toContain('resnet18-imagenet')
})

test('without a network, the error says so and offers a way out', async () => {
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('fetch failed', {
      cause: new Error('getaddrinfo ENOTFOUND download.pytorch.org'),
    })
  })
  const { code, stderr } = await glasshouse('weights', 'pull', 'resnet18-imagenet', '--attempts', '1')
  expect(code).toBe(1)
  expect(stderr).toContain('ENOTFOUND')
  expect(stderr).toContain(pulledPath(publishedNamed('resnet18-imagenet')!))
})

test('what does not have the published digest is not kept', async () => {
  const wrong = new Uint8Array(1000)
  vi.stubGlobal('fetch', async (url: string) =>
    Object.defineProperty(new Response(wrong), 'url', { value: url }),
  )
  const { code, stderr } = await glasshouse('weights', 'pull', 'resnet18-imagenet')
  expect(code).toBe(2)
  expect(stderr).toContain(createHash('sha256').update(wrong).digest('hex'))
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserMissing, type WebPages, webPages } from '../../../test/browser.ts'
import { gate } from '../../../test/thorough.ts'
import { random } from '../../base/random.ts'
import { tsne } from './tsne.node.ts'
import type { tsne as tsneInPage } from './tsne.web.ts'

/** The page's window, once its script has run. */
type Tested = Window & { tested: { tsne: typeof tsneInPage } }

describe.skipIf(!gate || browserMissing)('in a browser (skipped where no Chromium is installed)', () => {
  let pages: WebPages
  beforeAll(async () => {
    pages = await webPages()
  })
  afterAll(() => pages?.close())

  /** Lays out embeddings in a page: maps, and the previews of the first by their order; the message where that fails. */
  async function mapsInPage(path: '/' | '/alone', data: number[][], dim: number, options: object) {
    const page = await pages.open(path)
    return page.evaluate(
      async ([data, dim, options]) => {
        const { tested } = window as unknown as Tested
        const previews: number[][] = []
        try {
          const { maps } = await tested.tsne(
            data.map((rows, m) => ({ data: Float32Array.from(rows), dim, name: `${m}` })),
            options,
            {
              signal: new AbortController().signal,
              emit(event) {
                if (event.kind !== 'preview' || !('points' in event) || event.name !== '0') return
                const { x, y } = event.points
                previews.push(Array.from(x).flatMap((value, row) => [value, y[row]]))
              },
            },
          )
          return { maps: maps.map(map => Array.from(map)), previews }
        } catch (error) {
          return { error: String(error), maps: [], previews }
        }
      },
      [data, dim, options] as const,
    )
  }

  const { normal } = random(9)
  const dim = 6
  const embeddings = [0, 1].map(() => Float32Array.from({ length: 300 * dim }, () => normal()))
  const plain = embeddings.map(data => Array.from(data))

  test('the bundled, minified engine gives the same maps as in Node, bit for bit, and shows them as they come', async () => {
    const options = { yoke: 1e-5, alone: false, iterations: 200, threads: 2, exactBelow: 0 }
    const { maps } = await tsne(
      embeddings.map(data => ({ data, dim })),
      options,
    )
    const wanted = maps.map(map => Array.from(map))
    const inPage = await mapsInPage('/', plain, dim, options)
    expect(inPage.maps).toEqual(wanted)
    expect(inPage.previews.at(-1)).toEqual(wanted[0])
  })

  test('one thread where the page may not share memory, and the same maps', async () => {
    const options = { iterations: 60 }
    const { maps } = await tsne([{ data: embeddings[0], dim }], { ...options, threads: 1 })
    const inPage = await mapsInPage('/alone', plain.slice(0, 1), dim, options)
    expect(inPage.error).toBeUndefined()
    expect(inPage.maps).toEqual(maps.map(map => Array.from(map)))
  })

  test.runIf(gate)('a page that may not share memory gets an error that says how to', async () => {
    const { error } = await mapsInPage('/alone', plain, dim, { threads: 2 })
    expect(error).toMatch(/Cross-Origin-Opener-Policy/)
  })
})

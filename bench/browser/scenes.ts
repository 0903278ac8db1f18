/** What is drawn while frames are counted. */
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import {
  drawnData,
  drawnDetail,
  drawnImage,
  drawnMaps,
  drawnPage,
  drawnTriplets,
} from '../../test/studio/drawn.ts'
import type { Answers } from '../../test/studio/fake-server.ts'
import { Raw } from '../../test/studio/fake-server.ts'
import { drag } from './frames.ts'

export interface Scene {
  name: string
  address: string
  /** a selector of what must be visible before it begins */
  sign: string
  ready?(page: Page): Promise<void>
  act(page: Page): Promise<void>
}

/** Frames for each scene. */
const moves = 240

/** Zooms in, so that dots are shown as images. */
async function comeNear(page: Page): Promise<void> {
  const box = await page.locator('.dots canvas').last().boundingBox()
  if (!box) throw new Error('there is no map')
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.1)
  for (let turn = 0; turn < 5; turn++) await page.mouse.wheel(0, -400)
  await page.waitForTimeout(1500)
}

export const scenes: readonly Scene[] = [
  {
    name: '8,000 triplets, 40 epochs played',
    address: '/run?run=emb&tab=triplets&epoch=0',
    sign: '.dots canvas',
    async act(page) {
      await page.getByLabel('play the epochs').click()
      await page.waitForTimeout(20_500)
    },
  },
  {
    name: 'yoked maps of 2 x 10,000 points, dragged',
    address: '/run?run=maps-10000',
    sign: '.dots canvas',
    act: page => drag(page, moves),
  },
  {
    name: 'the same near enough for images, dragged',
    address: '/run?run=maps-10000',
    sign: '.dots canvas',
    ready: comeNear,
    act: page => drag(page, moves),
  },
  {
    name: '100,000 images scrolled',
    address: '/data?data=/home/ada/seedlings',
    sign: '.image-grid img',
    act: page =>
      page.evaluate(
        frames =>
          new Promise<void>(done => {
            let frame = 0
            const step = () => {
              window.scrollBy(0, 40)
              if (++frame < frames) requestAnimationFrame(step)
              else done()
            }
            requestAnimationFrame(step)
          }),
        2 * moves,
      ),
  },
  {
    name: '1,000,000 points dragged',
    address: '/run?run=map-1000000',
    sign: '.dots canvas',
    act: page => drag(page, moves),
  },
]

const training = {
  ...drawnDetail('emb', 'train'),
  triplets: [{ epoch: 0, split: 'test' as const }],
  record: {
    net: 'small',
    objective: 'ep',
    objectiveOptions: {},
    head: { kind: 'embedding', dim: 64 },
    data: { path: '/d', classes: ['a'], images: { train: 1, test: 1 }, split: { kind: 'given' } },
    training: { epochs: 40, rate: 0.1 },
  },
}

/** Images as the server sends them: JPEG. A few are enough, since each address has its own in the browser. */
const thumbs = new Map<number, Promise<Buffer>>()
function thumbOf(path: string): Promise<Buffer> {
  const number = Number(/(\d+)\.\w+$/.exec(path)?.[1] ?? 0) % 50
  const found =
    thumbs.get(number) ??
    sharp(Buffer.from(drawnImage(`${number}.png`)), { density: 144 })
      .jpeg()
      .toBuffer()
  thumbs.set(number, found)
  return found
}

/** What the pages of the scenes ask for. */
export function answers(): Answers {
  const made = new Map<string, unknown>()
  const once = (key: string, make: () => unknown) => {
    if (!made.has(key)) made.set(key, make())
    return made.get(key)
  }
  return {
    '/api/run': ask => {
      const run = ask.get('run') ?? ''
      return run === 'emb' ? training : drawnDetail(run, 'tsne')
    },
    '/api/run/log': () => ({ epochs: [], steps: [], ofSteps: 0, next: 0 }),
    '/api/run/maps': ask => {
      const count = Number(ask.get('run')?.split('-')[1])
      return once(`maps ${count}`, () => ({ ...drawnMaps(count, count > 100_000 ? 1 : 2), strengths: [] }))
    },
    '/api/run/triplets': () => once('triplets', () => drawnTriplets('emb', 8000, 40)),
    '/api/image/thumb': async ask => new Raw('image/jpeg', await thumbOf(ask.get('path') ?? '')),
    '/api/data': () => drawnData(100_000),
    '/api/data/images': ask => drawnPage(100_000, ask),
    '/api/tags': () => ({ tags: [] }),
  }
}

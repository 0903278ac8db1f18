/**
 * Takes the images of the views in docs/studio-page.md, wide and narrow, light and dark: part of `npm run docs:studio`. What
 * is on them is made up by drawn.ts, so that they are the same on every machine.
 */
import { exampleRecord } from '../../src/runs/fixtures/record.ts'
import { sharedBrowser } from '../browser.ts'
import {
  drawnData,
  drawnDetail,
  drawnDuplicates,
  drawnForm,
  drawnImage,
  drawnMaps,
  drawnPage,
  drawnRetrieval,
  drawnRuns,
  drawnTriplets,
} from './drawn.ts'
import { fakeStudio, Raw } from './fake-server.ts'
import { openPage } from './open.ts'
import { keepPicture } from './picture.ts'

const runs = drawnRuns(400)
const epochs = Array.from({ length: 9 }, (_, epoch) => ({
  kind: 'epoch' as const,
  epoch,
  step: 40 * epoch,
  seconds: 9,
  imagesPerSecond: 118,
  loss: 2.4 * Math.exp(-epoch / 4) + 0.2,
  recall: { '1': 0.9 - 0.7 * Math.exp(-epoch / 3), '4': 0.96 - 0.5 * Math.exp(-epoch / 3) },
}))
const training = (name: string, late: number) => ({
  ...drawnDetail(name, 'train'),
  listed: { ...drawnRuns(2)[1], name, score: epochs[8 - late].recall['1'], epochs: 8, ofEpochs: 8 },
  line: `glasshouse train seedlings --objective ${name.split('-')[0]}`,
  record: exampleRecord({ objective: name.split('-')[0], head: { kind: 'embedding', dim: 64 } }),
  epochs: epochs.map((line, at) => {
    const { recall, loss } = epochs[Math.max(0, at - late)]
    return { ...line, recall, loss: loss - late / 20 }
  }),
  embeddings: epochs.map(({ epoch }) => ({ epoch, split: 'test' as const })),
  triplets: epochs.map(({ epoch }) => ({ epoch, split: 'test' as const })),
})

const studio = fakeStudio({
  '/api/runs': () => ({ runs }),
  '/api/run': ask => {
    const run = ask.get('run') ?? ''
    return run === 'tsne-1' ? drawnDetail(run, 'tsne') : training(run, run.startsWith('triplet') ? 2 : 0)
  },
  '/api/run/log': () => ({ epochs, steps: [], ofSteps: 0, next: 0 }),
  '/api/run/maps': () => drawnMaps(2400),
  // The other run is two epochs behind.
  '/api/run/triplets': ask => {
    const run = ask.get('run') ?? ''
    return drawnTriplets(run, 1200, 9, run.startsWith('triplet') ? 2 : 0)
  },
  '/api/run/retrieval': drawnRetrieval,
  '/api/image/thumb': ask => new Raw('image/svg+xml', Buffer.from(drawnImage(ask.get('path') ?? ''))),
  '/api/data': () => drawnData(100_000),
  '/api/data/images': ask => drawnPage(100_000, ask),
  '/api/data/duplicates': () => drawnDuplicates,
  '/api/tags': () => ({ tags: [] }),
  '/api/command': () => drawnForm,
})

const views = {
  runs: ['/runs', 'tr[aria-rowindex]'],
  compare: ['/compare?run=ep-1&run=triplet-5', '.compare'],
  maps: ['/run?run=tsne-1', '.dots canvas'],
  triplets: ['/run?run=ep-1&tab=triplets&epoch=5&with=triplet-5', '.map-row.two .dots canvas'],
  retrieval: ['/run?run=ep-1&tab=retrieval&epoch=4', '.retrieval img'],
  data: ['/data?data=/home/ada/seedlings', '.image-grid img'],
} as const

for (const [width, scheme, names] of [
  [1440, 'light', ['runs', 'maps']],
  [1440, 'dark', ['compare', 'triplets']],
  [390, 'light', ['data', 'triplets']],
  [390, 'dark', ['runs', 'retrieval']],
] as const) {
  const { page, close } = await openPage('about:blank', { width, scheme })
  for (const name of names) {
    const [address, sign] = views[name]
    await page.goto(studio.origin + address)
    await page.locator(sign).first().waitFor()
    await page.waitForTimeout(1500)
    await keepPicture(page, `${name}-${width}-${scheme}`)
  }
  await close()
}
studio.close()
await (await sharedBrowser()).close()

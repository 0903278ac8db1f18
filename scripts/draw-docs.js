// npm run docs [-- PAGE...]: redraws the images of docs/, each by the program itself from the built-in seedlings.
// A page lists the command lines that make its images and which of the results they are; {work} is a folder that
// the pages share, so that one page may look into the network that another has trained.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'

const data = '{work}/seedlings'
const classifier = '{work}/classifier'
const embedding = '{work}/embedding'
/** Published weights cannot be made here: the pages that need them are drawn where this names the file. */
const googlenet = `googlenet:${process.env.GLASSHOUSE_GOOGLENET}`
/** Nor can what was learned from photographs: a run of the recipe for seedlings in docs/training.md. */
const photographs = process.env.GLASSHOUSE_SEEDLING_RUN
/** Nor what fine-tuning made of a pretrained network: a run of the recipe in docs/fine-tuning.md. */
const fineTuned = process.env.GLASSHOUSE_FINE_TUNED_RUN
/** Nor what one image taught: the folder --out of the command in docs/results.md. */
const oneImage = process.env.GLASSHOUSE_ONE_IMAGE_RUN
/** A small one of the tests, written by PyTorch. */
const exported = join(import.meta.dirname, '../test/fixtures/onnx/mobilenet_v3.onnx')
/** Photographs of cars: a folder, or a list of some of them. */
const cars = process.env.GLASSHOUSE_CARS
/** The folder --out of the recipes, which need the cars and the vectors of their embeddings. */
const recipes = process.env.GLASSHOUSE_RECIPES
const leaf = `${data}/test/Charlock/0004.png`

/** Less of it, for pages that train often. */
const few = '{work}/few'
/** Two runs that differ in the order of the objective only. */
const orders = ['{work}/order-1', '{work}/order-2']

/** Larger drawings, and a network with maps of 7 x 7 cells, for the pages on what places contribute. */
const large = '{work}/large-seedlings'
const finely = '{work}/fine-classifier'

/** A network that has not finished learning, for the page on mistakes. */
const hasty = '{work}/hasty-classifier'

/** A small network that has learned them. */
const quick = '{work}/quick-classifier'

/** Drawn people who watch the same film. */
const [people, peopleData] = ['{work}/people.mp4', '{work}/people']

/** Two images of one species. */
const [maize, sister] = ['0019', '0024'].map(name => `${large}/test/Maize/${name}.png`)

/** What pages build on: made once, when a page first names it. */
const ground = {
  [data]: `data seedlings ${data} --per-class 100`,
  [classifier]: `train ${data} --net resnet18 --size 96 --epochs 12 --batch 32 --lr 0.05 --out ${classifier}`,
  [embedding]: `train ${data} --net small --size 64 --output-stride native --objective epshn --hold-out-classes 0.5 --epochs 16 --batch 48 --optimizer adam --lr 0.003 --out ${embedding}`,
  [large]: `data seedlings ${large} --per-class 80 --size 224`,
  [finely]: `train ${large} --net small --epochs 14 --lr 0.1 --out ${finely}`,
  [hasty]: `train ${large} --net small --epochs 4 --lr 0.1 --out ${hasty}`,
  [few]: `data seedlings ${few} --per-class 40 --size 64`,
  [quick]: `train ${few} --net small --size 64 --epochs 20 --lr 0.1 --batch 32 --out ${quick}`,
  [people]: `data montage ${people} --grid 3x4 --seconds 40`,
  [peopleData]: `montage ${people} --faces none --size 64 --out ${peopleData}`,
  ...Object.fromEntries(
    orders.map((out, index) => [
      out,
      `train ${few} --net small --size 32 --objective epshn --set order=${index + 1} --hold-out-classes 0.5 --epochs 16 --batch 24 --optimizer adam --lr 0.003 --out ${out}`,
    ]),
  ),
}

const pages = {
  training: {
    commands: [],
    needs: [data, classifier, embedding],
    pictures: {
      'training-score.png': `${classifier}/score.png`,
      'training-confusion.png': `${classifier}/confusion.png`,
      'training-retrieval.png': `${embedding}/retrieval.png`,
    },
  },
  cam: {
    needs: [large, finely],
    commands: [
      `cam ${finely} ${large} --samples 12 --out {work}/cam`,
      `cam ${finely} ${large} --samples 12 --method grad-cam --layer stage2 --no-plant --out {work}/cam-fine`,
    ],
    pictures: { 'cam-sheet.png': '{work}/cam/sheet.png', 'cam-fine.png': '{work}/cam-fine/sheet.png' },
  },
  mistakes: {
    needs: [large, hasty],
    commands: [`mistakes ${hasty} ${large} --out {work}/mistakes`],
    pictures: { 'mistakes.png': '{work}/mistakes/mistakes.png' },
  },
  dream: {
    needs: [data, classifier],
    commands: [
      `dream ${classifier} ${leaf} --size 256 --octaves 2 --steps 5 --out {work}/dream`,
      `dream ${classifier} ${leaf} --every-layer --size 128 --octaves 2 --steps 5 --out {work}/dream-layers`,
    ],
    pictures: {
      'dream-row.png': '{work}/dream/row.png',
      'dream-layers.png': '{work}/dream-layers/sheet.png',
    },
  },
  'dream-googlenet': {
    needs: [data],
    given: 'GLASSHOUSE_GOOGLENET',
    commands: [
      `dream ${googlenet} ${leaf} --layer inception_3b/output,inception_4c/output,inception_4d/output --size 448 --out {work}/dream-googlenet`,
      `dream ${googlenet} noise --layer inception_3b/output,inception_4c/output,inception_4e/output --parameterisation fourier --steps 160 --out {work}/dream-lucid`,
    ],
    pictures: {
      'dream-googlenet.png': '{work}/dream-googlenet/row.png',
      'dream-lucid.png': '{work}/dream-lucid/row.png',
    },
  },
  channels: {
    needs: [few, quick],
    commands: [`channels ${quick} ${few} --layer stage3 --channels 0-11 --out {work}/channels`],
    pictures: { 'channels-seedlings.png': '{work}/channels/sheet.png' },
  },
  'channels-googlenet': {
    needs: [],
    given: 'GLASSHOUSE_GOOGLENET',
    commands: [
      `channels ${googlenet} --layer inception_4c/output --channels 0-31 --out {work}/channels-googlenet`,
    ],
    pictures: { 'channels-googlenet.png': '{work}/channels-googlenet/sheet.png' },
  },
  'dream-photographs': {
    needs: [data],
    given: 'GLASSHOUSE_SEEDLING_RUN',
    commands: [`dream ${photographs} ${leaf} --size 384 --out {work}/dream-photographs`],
    pictures: { 'dream-photographs.png': '{work}/dream-photographs/row.png' },
  },
  anatomy: {
    needs: [data, classifier],
    commands: [
      `anatomy ${classifier} ${leaf} --unit stage2.unit2,stage3.unit1 --size 256 --octaves 2 --steps 5 --out {work}/anatomy`,
    ],
    pictures: { 'anatomy-sheet.png': '{work}/anatomy/sheet.png' },
  },
  similarity: {
    needs: [large, finely],
    commands: [
      `pair ${finely} ${maize} ${sister} --out {work}/pair`,
      `neighbours ${finely} ${large} ${maize} --count 10 --out {work}/neighbours`,
    ],
    pictures: {
      'similarity-pair.png': '{work}/pair/similarity.png',
      'similarity-filters.png': '{work}/pair/filters.png',
      'neighbours.png': '{work}/neighbours/neighbours.png',
    },
  },
  'pair-pca': {
    needs: [large, finely],
    commands: [`pair-pca ${finely} ${maize} ${sister} --layer stage2 --out {work}/pair-pca`],
    pictures: {
      'pair-pca-grid.png': '{work}/pair-pca/grid.png',
      'pair-pca-colours.png': '{work}/pair-pca/false-colours.png',
    },
  },
  'layer-similarity': {
    needs: [data, classifier],
    commands: [
      `layer-similarity ${classifier} ${data} --samples 24 --layers stem.conv,stage1,stage2,stage3 --out {work}/layer-similarity`,
    ],
    pictures: {
      'layer-similarity-scales.png': '{work}/layer-similarity/scales.png',
      'layer-similarity-control.png': '{work}/layer-similarity/scales-mean-removed.png',
      'layer-similarity-ridges.png': '{work}/layer-similarity/ridges-stem.conv.png',
    },
  },
  probe: {
    needs: [few, quick],
    commands: [
      `probe ${quick} ${few} --out {work}/probe`,
      `probe ${quick}@0 ${few} --out {work}/probe-start`,
    ],
    pictures: { 'probe.png': '{work}/probe/probe.png', 'probe-start.png': '{work}/probe-start/probe.png' },
  },
  tsne: {
    needs: [data, embedding],
    commands: [
      `tsne ${embedding}@1:test ${embedding}@16:test --sweep 1e-8,1e-7,1e-6,1e-5,1e-4,1e-3 --out {work}/tsne`,
    ],
    pictures: {
      'tsne-maps.png': '{work}/tsne/maps.png',
      'tsne-changed.png': '{work}/tsne/changed.png',
      'tsne-divergence.png': '{work}/tsne/sweep-divergence.png',
      'tsne-alignment.png': '{work}/tsne/sweep-alignment.png',
    },
  },
  triplets: {
    needs: [few, ...orders],
    commands: [`triplets ${orders.join(' ')} --track test/Maize/0019.png --out {work}/triplets`],
    pictures: {
      'triplets-scatter.png': '{work}/triplets/scatter.png',
      'triplets-path.png': '{work}/triplets/path.png',
      'triplets-distances.png': '{work}/triplets/distances.png',
    },
  },

  recipes: {
    needs: [],
    given: 'GLASSHOUSE_RECIPES',
    commands: [],
    pictures: {
      'sweep-cars.png': `${recipes}/rate-sweep/rates.png`,
      'triplets-cars.png': `${recipes}/first-against-second-order/scatter.png`,
      'triplets-cars-path.png': `${recipes}/one-triplet/path.png`,
      'triplets-cars-distances.png': `${recipes}/distance-histogram/distances.png`,
      ...Object.fromEntries(
        ['cars', 'words', 'digits'].map(name => [
          `tsne-start-${name}.png`,
          `${recipes}/common-start-${name}.png`,
        ]),
      ),
      'tsne-two-starts.png': `${recipes}/two-starts-same/sweep-maps.png`,
      'tsne-two-objectives.png': `${recipes}/two-objectives/maps.png`,
      'tsne-seen-unseen.png': `${recipes}/seen-against-unseen/maps.png`,
      'tsne-epochs.png': `${recipes}/epochs-of-an-embedding/maps.png`,
    },
  },

  'fine-tuning': {
    needs: [],
    given: 'GLASSHOUSE_FINE_TUNED_RUN',
    commands: [],
    pictures: { 'fine-tuning-confusion.png': `${fineTuned}/confusion.png` },
  },
  'one-image': {
    needs: [],
    given: 'GLASSHOUSE_ONE_IMAGE_RUN',
    commands: [],
    pictures: { 'one-image.png': `${oneImage}/probes.png` },
  },

  inspect: {
    needs: [],
    commands: [
      ...['resnet18', 'googlenet'].map(net => `model inspect ${net} --quiet --out {work}/inspect-${net}`),
      `model inspect ${exported} --quiet --out {work}/inspect-onnx`,
    ],
    pictures: {
      'inspect-onnx.png': '{work}/inspect-onnx/network.png',
      'inspect-resnet18.png': '{work}/inspect-resnet18/network.png',
      'inspect-googlenet.png': '{work}/inspect-googlenet/network.png',
    },
  },

  commutation: {
    needs: [],
    commands: ['commutation --out {work}/commutation'],
    pictures: { 'commutation.png': '{work}/commutation/commutation.png' },
  },

  pretext: {
    needs: [few],
    commands: [`pretext hue ${few} --size 49 --epochs 4 --seeds 1 --out {work}/pretext-hue`],
    pictures: {
      'pretext-maps.png': '{work}/pretext-hue/maps.png',
      'pretext-cue.png': '{work}/pretext-hue/cue-1.png',
    },
  },
  montage: {
    needs: [people, peopleData],
    commands: [],
    pictures: {},
    screens: {
      'montage-strip.png': {
        page: `${peopleData}/index.html`,
        part: '.strip',
        width: 1100,
        fill: ['[data-strip="slider"]', '62'],
      },
    },
  },
  quiz: {
    needs: [few],
    commands: [`quiz ${few} --questions 5 --out {work}/quiz`],
    pictures: {},
    screens: {
      'quiz.png': { page: '{work}/quiz/index.html', part: '.quiz', width: 390, click: '[data-quiz="start"]' },
    },
  },
  'pretext-cars': {
    needs: [],
    given: 'GLASSHOUSE_CARS',
    commands: [
      `pretext rotation ${cars} --size 48 --epochs 8 --out {work}/pretext-rotation`,
      `pretext flip ${cars} --size 48 --epochs 8 --controls --out {work}/pretext-flip`,
    ],
    pictures: {
      'pretext-rotation.png': '{work}/pretext-rotation/accuracy.png',
      'pretext-controls.png': '{work}/pretext-flip/controls.png',
    },
  },

  objectives: {
    needs: [],
    commands: ['objectives --out {work}/objectives'],
    pictures: { 'objectives-pulls.png': '{work}/objectives/pulls.png' },
  },

  sweeps: {
    needs: [few],
    files: {
      '{work}/rates.json': {
        data: 'few',
        train: {
          ...{ net: 'small', size: 32, epochs: 4, batch: 24, holdOutClasses: 0.5 },
          ...{ momentum: 0, nesterov: false, weightDecay: 0 },
        },
        grid: { objective: ['ep', 'epshn'], lr: [0.01, 0.03, 0.1, 0.3, 1], seed: [0, 1, 2] },
      },
    },
    commands: ['sweep {work}/rates.json --out {work}/sweep'],
    pictures: { 'sweep-rates.png': '{work}/sweep/rates.png', 'sweep-steps.png': '{work}/sweep/steps.png' },
  },
}

const root = join(import.meta.dirname, '..')
const work = process.env.GLASSHOUSE_DOCS_WORK ?? mkdtempSync(join(tmpdir(), 'glasshouse-docs-'))
const placed = text => text.replaceAll('{work}', work)

function glasshouse(line) {
  process.stderr.write(`glasshouse ${placed(line)}\n`)
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'bin/glasshouse.js'), ...placed(line).split(' ')],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  if (status !== 0) throw new Error(`glasshouse ${placed(line)} ended with ${status}`)
}

/** At the width of a page, in 256 colours: a tenth of the bytes. */
const shrink = (source, target) =>
  sharp(source)
    .resize({ width: 1400, withoutEnlargement: true })
    .png({ palette: true, effort: 10 })
    .toFile(target)

/** A part of a page as a browser shows it, once something in it was clicked or filled in. */
async function screenshot({ page, part, width, click, fill }) {
  const { chromium } = await import('playwright-core')
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    existsSync,
  )
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const tab = await browser.newPage({
      viewport: { width, height: 900 },
      deviceScaleFactor: width < 600 ? 2 : 1,
    })
    await tab.goto(`file://${placed(page)}`)
    if (click) await tab.locator(click).click()
    if (fill) await tab.locator(fill[0]).fill(fill[1])
    await tab.waitForTimeout(500)
    return await tab.locator(part).screenshot()
  } finally {
    await browser.close()
  }
}

const asked = process.argv.slice(2)
const unknown = asked.filter(name => !pages[name])
if (unknown.length) throw new Error(`no page called ${unknown}; there are ${Object.keys(pages)}`)

mkdirSync(join(root, 'docs/pictures'), { recursive: true })
for (const [name, { needs, given, files = {}, commands, pictures, screens = {} }] of Object.entries(pages)) {
  if (asked.length && !asked.includes(name)) continue
  if (given && !process.env[given]) {
    process.stderr.write(`${name}: left out, as ${given} names nothing\n`)
    continue
  }
  for (const need of needs) if (!existsSync(placed(need))) glasshouse(ground[need])
  for (const [path, content] of Object.entries(files)) writeFileSync(placed(path), JSON.stringify(content))
  for (const line of commands) glasshouse(line)
  for (const [picture, source] of Object.entries(pictures))
    await shrink(placed(source), join(root, 'docs/pictures', picture))
  for (const [picture, screen] of Object.entries(screens))
    await shrink(await screenshot(screen), join(root, 'docs/pictures', picture))
}
process.stderr.write(`what was made on the way lies in ${work}\n`)

// What the recipes share: their flags, the cars at two sizes, and the runs that three of them look at.
//
//   node recipes/NAME.js --data CARS [--size small|full] [--net NET --weights W --freeze LAYER] [--out DIR] [--threads N]
//
// CARS is Stanford Cars as class folders with a labels.csv, the first 98 classes to train and the others to test.
// small: 64 pixels, and for comparisons of many runs 30 classes of each, up to twenty minutes a run on two cores. full:
// the posts' own setting, all classes at 256 pixels, hours on a machine with a GPU. Both start from ImageNet weights,
// those of ResNet18 by default (`glasshouse weights pull resnet18-imagenet`); `--net small` starts from a
// little classifier of the training classes, which it trains first. Whatever is finished in DIR is not done again.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    size: { type: 'string', default: 'small' },
    net: { type: 'string', default: 'resnet18' },
    weights: { type: 'string' },
    freeze: { type: 'string' },
    out: { type: 'string', default: 'runs/recipes' },
    epochs: { type: 'string' },
    augment: { type: 'string' },
    threads: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
  },
})

export const out = values.out
export const { data, size } = values
/** What is given in place of the setting's: with nothing cut at random, what is frozen is computed once for all runs. */
export const instead = {
  ...(values.epochs && { epochs: Number(values.epochs) }),
  ...(values.augment && { augment: values.augment }),
}
const program = new URL('../bin/glasshouse.js', import.meta.url).pathname

/** Plain gradient descent, a tenth of the rate after half of the steps: as in the code of the posts (CAR). */
const plain = { momentum: 0, nesterov: false, weightDecay: 0, schedule: 'step', augment: 'upright' }

/** Steps of like length whatever the gradient's, so that orders and objectives are compared at equal steps. */
const adam = { optimizer: 'adam', lr: 0.0001, headRate: 5, weightDecay: 0, augment: 'upright' }

const start = { net: values.net, outputStride: 'native', ...(values.freeze && { freeze: values.freeze }) }
const little = { ...start, size: 64, perClass: 4 }
const large = { ...start, size: 256, batch: 128, perClass: 16, epochs: 40, lr: 0.03, ...plain }

/** Of each size: the epochs of an embedding, the comparison of two objectives, and one run of a sweep of rates. */
const sizes = {
  small: {
    epochs: { options: { ...little, batch: 64, epochs: 8, ...adam } },
    comparison: { classes: 30, options: { ...little, batch: 48, epochs: 4, ...adam } },
    rate: { classes: 30, options: { ...little, batch: 48, epochs: 4, ...plain } },
  },
  full: { epochs: { options: large }, comparison: { options: large }, rate: { options: large } },
}

/** Of the classifier that the little net starts from. */
const pretraining = {
  net: 'small',
  size: 64,
  outputStride: 'native',
  batch: 48,
  epochs: 14,
  lr: 0.1,
  augment: 'upright',
}

if (!(values.size in sizes)) fail(`--size is small or full, not ${values.size}`)
export const setting = sizes[values.size]

/** Runs the program, its words on the terminal; ends the recipe where it fails. */
export function glasshouse(...words) {
  const common = ['--device', values.device, ...(values.threads ? ['--threads', values.threads] : [])]
  const { status } = spawnSync(process.execPath, [program, ...words, ...common], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** `{ perClass: 4 }` as `--per-class 4`. */
export const flags = options =>
  Object.entries(options).flatMap(([key, value]) => {
    const flag = key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    return typeof value === 'boolean' ? [`--${value ? '' : 'no-'}${flag}`] : [`--${flag}`, String(value)]
  })

export const readJson = path => JSON.parse(readFileSync(path, 'utf8'))

/** The cars as a list: all, or as many of the training and of the test classes. */
export function cars(classes = Number.POSITIVE_INFINITY) {
  const path = join(out, classes < Number.POSITIVE_INFINITY ? `cars-${classes}.csv` : 'cars.csv')
  if (existsSync(path)) return path
  const rows = readList()
  const classesOf = split => [...new Set(rows.filter(row => row.split === split).map(({ label }) => label))]
  const chosen = new Set(['train', 'test'].flatMap(split => classesOf(split).slice(0, classes)))
  writeList(
    path,
    rows.filter(({ label }) => chosen.has(label)),
  )
  return path
}

/** Where training starts: ImageNet weights, or for the little net a classifier of all training classes. */
export function startingWeights() {
  if (values.weights) return existsSync(values.weights) ? resolve(values.weights) : values.weights
  if (values.net !== 'small') return `${values.net}-imagenet`
  const folder = join(out, 'classifier')
  if (!isFinished(folder)) {
    const list = join(out, 'training-classes.csv')
    writeList(
      list,
      readList()
        .filter(({ split }) => split === 'train')
        .map(row => ({ ...row, split: '' })),
    )
    begin(folder, [list, '--objective', 'softmax', '--hold-out', '0.1', ...flags(pretraining)])
  }
  return folder
}

/** The two runs that differ in nothing but the order of the objective. */
export const orderRuns = () =>
  [1, 2].map(order =>
    runOf(`order-${order}`, setting.epochs, '--objective', 'epshn', '--set', `order=${order}`),
  )

/** A run on the cars, trained unless it is finished; its folder. */
export function runOf(name, { classes, options }, ...words) {
  const folder = join(out, name)
  if (!isFinished(folder))
    begin(folder, [cars(classes), ...words, '--weights', startingWeights(), ...flags(options)])
  return folder
}

const isFinished = folder =>
  existsSync(join(folder, 'run.json')) && readJson(join(folder, 'run.json')).status === 'finished'

/** Trains, or goes on where an earlier attempt was stopped. */
function begin(folder, words) {
  if (existsSync(join(folder, 'checkpoints', 'last.safetensors')))
    glasshouse('train', '--resume', folder, '--out', folder)
  else glasshouse('train', ...words, '--out', folder)
}

function readList() {
  if (!values.data) fail('name the cars: --data CARS')
  const root = resolve(values.data)
  const list = join(root, 'labels.csv')
  if (!existsSync(list)) fail(`${root} has no labels.csv with path,label,split`)
  const [head, ...lines] = readFileSync(list, 'utf8').trim().split(/\r?\n/)
  if (head !== 'path,label,split') fail(`${list} begins with '${head}', not with 'path,label,split'`)
  return lines.map(line => {
    const [, path, label, split] = /^("[^"]*"|[^,]*),("[^"]*"|[^,]*),(.*)$/.exec(line)
    return { path: join(root, path.replaceAll('"', '')), label: label.replaceAll('"', ''), split }
  })
}

function writeList(path, rows) {
  mkdirSync(out, { recursive: true })
  const lines = rows.map(({ path: image, label, split }) => `"${image}","${label}",${split}`)
  writeFileSync(path, ['path,label,split', ...lines, ''].join('\n'))
}

export function fail(what) {
  console.error(`recipe: ${what}`)
  process.exit(2)
}

export const percent = share => `${(100 * share).toFixed(1)} %`

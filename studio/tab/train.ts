/**
 * A model in a minute: the small residual network, trained from nothing on a few dozen images. There are too few to hold
 * any out, so each is seen in many forms, cut, mirrored and in other light, and the score is that of the forms that it
 * has not been trained on in that very way.
 */
import type { Picture } from '../../src/base/picture.ts'
import { random } from '../../src/base/random.ts'
import { createWork, inStage, note, type Work } from '../../src/base/work.ts'
import { type Augmentation, augmentationStream, augmentInto } from '../../src/data/augment.ts'
import { viewOf } from '../../src/data/prepare/prepare.ts'
import { type ColourStatistics, colourStatistics, memoryStore } from '../../src/data/store.ts'
import { initialParameters, type Network, type NetworkPlan } from '../../src/nets/network.ts'
import { bindObjective } from '../../src/objectives/objective.ts'
import { objectiveNamed } from '../../src/objectives/registry.ts'
import type { Engine } from '../../src/runtime/engine.ts'
import { scheduleNamed } from '../../src/training/schedule.ts'
import { createTrainingStep } from '../../src/training/step.ts'
import { answers } from './vectors.ts'

const size = 48
const stored = 56
const peakRate = 0.04

/** Gentler than what is used for large sets: a window of half the image or more, the mirror, a little light. */
const augmentation: Augmentation = {
  size,
  steps: [
    { name: 'random-resized-crop', scale: [0.55, 1], ratio: [0.85, 1.18] },
    { name: 'horizontal-flip', probability: 0.5 },
    { name: 'colour-jitter', brightness: 0.15, contrast: 0.15, saturation: 0.15, hue: 0.01 },
  ],
}

export interface Labelled {
  name: string
  pictures: readonly Picture[]
}

export async function trainSmall(
  engine: Engine,
  classes: readonly Labelled[],
  { epochs, ...watched }: { epochs: number } & Partial<Work>,
): Promise<{ network: Network; accuracy: number }> {
  const work = createWork(watched)
  const images = classes.flatMap(({ pictures }, label) => pictures.map(picture => ({ picture, label })))
  const bytes = new Uint8Array(images.length * stored * stored * 3)
  const square = {
    size: stored,
    resize: stored,
    mean: [0, 0, 0] as [number, number, number],
    deviation: [1, 1, 1] as [number, number, number],
  }
  images.forEach(({ picture }, index) => {
    bytes.set(viewOf(picture, square).data, index * stored * stored * 3)
  })
  const store = memoryStore(stored, bytes)
  const { mean, deviation } = colourStatistics(
    store,
    images.map((_, index) => index),
  )
  // Images of one colour would otherwise be divided by nothing.
  const [red, green, blue] = deviation.map(value => Math.max(value, 0.02))
  const statistics: ColourStatistics = { mean, deviation: [red, green, blue] }
  const plan: NetworkPlan = {
    net: 'small',
    head: { kind: 'classes', classes: classes.map(({ name }) => name) },
    preprocessing: { size, resize: stored, ...statistics },
  }
  const batch = Math.min(16, Math.max(4, images.length))
  const perEpoch = Math.max(1, Math.ceil(images.length / batch))
  const total = epochs * perEpoch
  const schedule = scheduleNamed('one-cycle')
  const step = await createTrainingStep(
    engine,
    {
      network: plan,
      batch,
      objective: bindObjective(objectiveNamed('softmax')),
      optimiser: { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
      classes: classes.length,
    },
    initialParameters(plan, 0),
  )
  try {
    await inStage(work, 'training', total, async update => {
      const input = new Float32Array(batch * 3 * size * size)
      for (let index = 0; index < total; index++) {
        work.signal.throwIfAborted()
        const chosen = batchOf(images, classes.length, batch, index)
        chosen.forEach((image, place) => {
          augmentInto(
            input,
            place * 3 * size * size,
            store.picture(image),
            stored,
            augmentation,
            statistics,
            augmentationStream(0, index, place),
          )
        })
        const labels = chosen.map(image => images[image].label)
        const { loss } = await step.run(input, labels, peakRate * schedule(index, total), index)
        update(index + 1, `loss ${loss.toFixed(3)}`)
        // The worker hears of a stop only between tasks.
        await new Promise(next => setTimeout(next))
      }
    })
    const state = await step.state()
    const parameters = new Map(
      [...initialParameters(plan, 0).keys()].map(name => [name, copyOf(state.get(name), name)]),
    )
    const network: Network = { ...plan, parameters }
    const seen = await answers(
      engine,
      network,
      images.map(({ picture }) => picture),
    )
    const right = seen.filter(([first], index) => first.class === classes[images[index].label].name).length
    note(work, `${right} of ${images.length} images are recognised`)
    return { network, accuracy: right / images.length }
  } finally {
    await step.dispose()
  }
}

/** Arrays of the step change places and are written again; what is kept is a copy. */
function copyOf<T extends { data: { slice(): unknown } }>(tensor: T | undefined, name: string): T {
  if (!tensor) throw new Error(`the training lost its parameter ${name}`)
  return { ...tensor, data: tensor.data.slice() }
}

/** As many images of each class, however many there are of it. */
function batchOf(
  images: readonly { label: number }[],
  classes: number,
  batch: number,
  index: number,
): number[] {
  const { shuffle } = random(0, 'minute', index)
  const order = shuffle(images.map((_, at) => at))
  const byClass = Array.from({ length: classes }, (_, label) =>
    order.filter(at => images[at].label === label),
  )
  return Array.from({ length: batch }, (_, place) => {
    const members = byClass[(place + index) % classes]
    return members[Math.floor(place / classes) % members.length]
  })
}

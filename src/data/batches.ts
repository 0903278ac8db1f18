/**
 * The order in which a training run sees its images. Everything here is a pure function of (seed, epoch), so a
 * run resumes at any step by asking for the same epoch's batches and skipping those that were done.
 *
 * Every batch has the same size, since a graph is compiled for static shapes.
 */
import { GlasshouseError } from '../base/errors.ts'
import { append, largest } from '../base/extremes.ts'
import { random } from '../base/random.ts'

export interface Batch {
  /** positions in the dataset, always `batch` of them */
  indices: Int32Array
  /** how many of them count; the others, at the end, only fill an evaluation batch */
  valid: number
  /** classes within the batch, in place of those of the data */
  labels?: Int32Array
}

/**
 * All images once, shuffled. The last batch is filled by wrapping around to the beginning of the same order,
 * as often as it takes, so no image is left out and any data set, however small, gives whole batches.
 */
export function shuffledBatches(
  indices: ArrayLike<number>,
  { batch, seed, epoch }: { batch: number; seed: number; epoch: number },
): Batch[] {
  const order = random(seed, 'order', epoch).shuffle(Int32Array.from(indices))
  return Array.from({ length: Math.ceil(order.length / batch) }, (_, step) => ({
    indices: Int32Array.from({ length: batch }, (_, i) => order[(step * batch + i) % order.length]),
    valid: batch,
  }))
}

/** All images once, in the order given; the last batch is filled with its last image, beyond `valid`. */
export function evaluationBatches(indices: ArrayLike<number>, batch: number): Batch[] {
  return Array.from({ length: Math.ceil(indices.length / batch) }, (_, step) => ({
    indices: Int32Array.from(
      { length: batch },
      (_, i) => indices[Math.min(step * batch + i, indices.length - 1)],
    ),
    valid: Math.min(batch, indices.length - step * batch),
  }))
}

export interface BalancedOptions {
  batch: number
  /** images of every class in a batch; batch / perClass classes stand in it, no class twice */
  perClass: number
  seed: number
  epoch: number
  /**
   * 'largest-class': every class is filled up to the size of the largest, so that large classes are seen whole
   * (CUB, CAR). 'once': every class gives one group per epoch (SOP, In-shop, where classes are many and small).
   */
  coverage?: 'largest-class' | 'once'
}

/**
 * Class-balanced batches for metric learning: exactly `perClass` images of each of batch / perClass classes,
 * class after class. Groups that do not make up a last whole batch are left out; their images come again in
 * the next epoch. Batch composition as in Xuan, Stylianou and Pless, "Improved embeddings with easy positive
 * triplet mining" (WACV 2020), and its code.
 * @throws GlasshouseError where the batch cannot be made of the classes there are
 */
export function balancedBatches(
  labels: ArrayLike<number>,
  indices: ArrayLike<number>,
  { batch, perClass, seed, epoch, coverage = 'largest-class' }: BalancedOptions,
): Batch[] {
  const members = new Map<number, number[]>()
  for (let i = 0; i < indices.length; i++) {
    const label = labels[indices[i]]
    if (!members.has(label)) members.set(label, [])
    members.get(label)!.push(indices[i])
  }
  const classesPerBatch = requireClasses(batch, perClass, members.size)
  const most = largest([...members.values()].map(images => images.length))
  const groupsPerClass = coverage === 'once' ? 1 : roundedGroups(most, perClass)
  const stream = random(seed, 'balanced', epoch)
  const classes = [...members.keys()].sort((a, b) => a - b)
  const drawn = new Map(
    classes.map(label => [label, fill(members.get(label)!, groupsPerClass * perClass, stream)]),
  )
  const groupsLeft = new Map(classes.map(label => [label, groupsPerClass]))
  const deal = dealer(classes, classesPerBatch, stream)
  const steps = Math.floor((classes.length * groupsPerClass) / classesPerBatch)
  return Array.from({ length: steps }, () => {
    const group = deal().flatMap(label => {
      const left = groupsLeft.get(label)! - 1
      groupsLeft.set(label, left)
      return drawn.get(label)!.slice(left * perClass, (left + 1) * perClass)
    })
    return { indices: Int32Array.from(group), valid: batch }
  })
}

/**
 * Chooses different classes for each batch: those that were chosen least often so far, ties at random. So enough
 * different classes remain to the end.
 *
 * The classes are dealt in rounds. At the end of a round, those that were not chosen in it come first, and others fill
 * the batch, which the next round then leaves out. Classes are shuffled once per round, so the work per batch does not
 * grow with their number.
 */
function dealer(
  classes: readonly number[],
  count: number,
  stream: ReturnType<typeof random>,
): () => readonly number[] {
  const shuffledWithout = (left: readonly number[]): number[] => {
    const out = new Set(left)
    return stream.shuffle(classes.filter(label => !out.has(label)))
  }
  let round = shuffledWithout([])
  let dealt = 0
  return () => {
    const chosen = round.slice(dealt, dealt + count)
    dealt += chosen.length
    if (chosen.length === count) return chosen
    const early = shuffledWithout(chosen).slice(0, count - chosen.length)
    round = shuffledWithout(early)
    dealt = 0
    return [...chosen, ...early]
  }
}

/** The largest class in groups: a remainder below three tenths of a group is cut, a larger one filled up. */
function roundedGroups(largest: number, perClass: number): number {
  const remainder = largest % perClass
  const groups = Math.floor(largest / perClass)
  return Math.max(1, remainder < 0.3 * perClass ? groups : groups + 1)
}

/** `count` of the images, shuffled; where there are fewer, shuffled again and again. */
function fill(images: readonly number[], count: number, stream: ReturnType<typeof random>): number[] {
  const filled: number[] = []
  while (filled.length < count) append(filled, stream.shuffle([...images]))
  return filled.slice(0, count)
}

function requireClasses(batch: number, perClass: number, classes: number): number {
  const needed = batch / perClass
  const where = `batch ${batch}, ${perClass} per class`
  if (!Number.isInteger(needed)) {
    throw new GlasshouseError({
      code: 'batch-not-divisible',
      what: 'the batch cannot be divided evenly among its classes',
      where,
      hint: `Choose a batch that is a multiple of ${perClass}`,
    })
  }
  if (needed > classes) {
    throw new GlasshouseError({
      code: 'batch-too-many-classes',
      what: 'the batch needs more classes than the data has',
      where,
      expected: `at most ${classes} classes in a batch`,
      got: `${needed}`,
      hint: `Make the batch at most ${classes * perClass}, or take at least ${Math.ceil(batch / classes)} images per class`,
    })
  }
  return needed
}

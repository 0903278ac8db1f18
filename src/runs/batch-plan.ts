/** How a batch of an embedding is divided among classes: objectives that compare within it need two at least. */
import { GlasshouseError } from '../base/errors.ts'

/** Images of each class where nobody asked for a number: 4, or more where there are too few classes to fill the batch. */
export function groupSize(batch: number, classes: number): number {
  const possible = Array.from({ length: Math.floor(batch / 2) }, (_, i) => i + 1).filter(
    size => size > 1 && batch % size === 0,
  )
  const wanted = Math.max(4, Math.ceil(batch / Math.max(classes, 1)))
  // What cannot be divided is refused when it is asked for.
  return possible.find(size => size >= wanted) ?? possible.at(-1) ?? batch
}

/** Refuses batches in which an anchor has no image of another class, or no classmate, to be compared with. */
export function requireBatches({
  batch,
  perClass,
  classes,
}: {
  batch: number
  perClass: number
  classes: number
}): void {
  const groups = batch / perClass
  const where = `--batch ${batch}, --per-class ${perClass}`
  if (!Number.isInteger(groups))
    throw new GlasshouseError({
      code: 'batch-not-divisible',
      what: 'the batch cannot be divided evenly among its classes',
      where,
      hint: `Choose a batch that is a multiple of ${perClass}`,
    })
  if (groups < 2)
    throw new GlasshouseError({
      code: 'batch-one-class',
      what: 'a batch would hold images of one class only, and nothing could be learned from it',
      where,
      expected: 'at least 2 classes in a batch',
      hint:
        batch % 2 === 0 && batch > 2
          ? `Choose --batch ${2 * perClass} or more, or --per-class ${batch / 2}`
          : `Choose --batch ${2 * perClass} or more`,
    })
  if (groups > classes)
    throw new GlasshouseError({
      code: 'batch-too-many-classes',
      what: 'the batch needs more classes than the data has',
      where,
      expected: `at most ${classes} classes in a batch`,
      got: String(groups),
      hint: `Make the batch at most ${classes * perClass}, or take at least ${Math.ceil(batch / classes)} images per class`,
    })
}

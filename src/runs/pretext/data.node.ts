/** The data of a run on a pretext task: divided without near-duplicates on both sides, and then in all forms. */
import { random } from '../../base/random.ts'
import { note } from '../../base/work.ts'
import { type Augmentation, centreCrop, storedSize } from '../../data/augment.ts'
import type { Dataset, Item } from '../../data/dataset.ts'
import { divideGroups } from '../../data/pretext/divide.ts'
import { inForms, openForms, openSources } from '../../data/pretext/forms.node.ts'
import { nearDuplicateGroups } from '../../data/pretext/near-duplicates.ts'
import { pretextTaskNamed } from '../../data/pretext/registry.ts'
import type { PictureStore } from '../../data/store.ts'
import type { Context } from '../../runtime/context.ts'
import type { PretextPlan, SplitPlan } from '../record.ts'

/** Where the border is part of the question, nothing is cut; otherwise training sees random crops. */
export function pretextGeometry(
  { task }: PretextPlan,
  size: number,
): { augmentation: Augmentation; storedSize: number } {
  return pretextTaskNamed(task).frame === 'whole'
    ? { augmentation: centreCrop(size), storedSize: size }
    : { augmentation: { size, steps: [{ name: 'random-crop' }] }, storedSize: storedSize(size) }
}

/** @param size side of what the network sees */
export async function divideInForms(
  context: Context,
  read: Dataset,
  plan: PretextPlan,
  split: SplitPlan,
  size: number,
): Promise<Dataset> {
  const { seed } = context
  const task = pretextTaskNamed(plan.task)
  const sources = await openSources(read, task, pretextGeometry(plan, size).storedSize, { work: context })
  const groups = nearDuplicateGroups(sources)
  sources.close()
  const share = split.kind === 'given' ? undefined : split.share
  const { dataset, leftOut } = divideGroups(read, groups, share === undefined ? 'given' : { share, seed })
  if (leftOut)
    note(context, `note: ${leftOut} images are left out: they nearly are one that is tested on or chosen by`)
  const whole = inForms(dataset, task)
  return plan.shuffled ? { ...whole, items: shuffledForms(whole.items, task.classes.length, seed) } : whole
}

/** The forms of every training image in a random order; test images keep theirs. */
function shuffledForms(items: readonly Item[], forms: number, seed: number): Item[] {
  const labels = items.map(({ label }) => label)
  for (let first = 0; first < items.length; first += forms) {
    if (items[first].split !== 'train') continue
    const order = random(seed, 'shuffled forms', first).shuffle(labels.slice(first, first + forms))
    order.forEach((label, form) => {
      labels[first + form] = label
    })
  }
  return items.map((item, index) => ({ ...item, label: labels[index] }))
}

export const openFormsOf = (
  context: Context,
  dataset: Dataset,
  { task }: PretextPlan,
  side: number,
): Promise<PictureStore> => openForms(dataset, pretextTaskNamed(task), side, { work: context })
